import { usedProviders } from '../config.ts';
import { inTierOrder, tierAt } from '../pipeline/dispatch/service-tier.ts';
import type { LaneName } from '../pipeline/job/lane.ts';
import { liveOffers, type Offer } from '../pipeline/model/catalogue.ts';
import { defaultCatalogue } from '../pipeline/model/default-catalogue.ts';
import { type ModelName, modelNames, type ServiceTier } from '../pipeline/model/model.ts';
import { atEndpoints } from '../pipeline/model/regional-prices.ts';
import { sum } from '../sum.ts';
import type { Ask } from './ask.ts';
import type { LanePlan } from './plan-lane.ts';

/** The calls of one lane for one model, and who answers them. */
export type CallStream = {
  lane: LaneName;
  model: ModelName;
  offer: Offer;
  tier: ServiceTier;
  callsPerSecond: number;
};

/** One call a job: providers are well. Each goes to the first offer that is alive that day. */
export const callStreams = (ask: Ask, lanes: readonly LanePlan[]): CallStream[] => {
  const catalogue = atEndpoints(defaultCatalogue, ask.config.providers);
  const used = usedProviders(ask.config);
  return lanes.flatMap(({ lane, jobsPerSecond }) =>
    modelNames
      .filter((model) => ask.models[model] > 0)
      .map((model) => {
        const laneTier = ask.config.lanes[lane].tier;
        const live = liveOffers(catalogue[model], ask.nowMs, (provider) => used.has(provider));
        const [offer] = inTierOrder(live, laneTier, ask.nowMs);
        if (offer === undefined) throw new Error(`nobody answers for ${model} on that day`);
        const callsPerSecond = jobsPerSecond * ask.models[model];
        return { lane, model, offer, tier: tierAt(offer, laneTier, ask.nowMs), callsPerSecond };
      }),
  );
};

/** Calls of each model of each provider, over all lanes. */
export const callsByOffer = (
  streams: readonly CallStream[],
): { model: ModelName; offer: Offer; callsPerSecond: number }[] =>
  [...Map.groupBy(streams, ({ offer }) => `${offer.provider}/${offer.modelId}`).values()].flatMap((own) => {
    const [first] = own;
    return first === undefined
      ? []
      : [
          {
            model: first.model,
            offer: first.offer,
            callsPerSecond: sum(own.map(({ callsPerSecond }) => callsPerSecond)),
          },
        ];
  });
