import * as z from 'zod';
import { defaultCatalogue } from '../../pipeline/model/default-catalogue.ts';
import { providerNames, serviceTiers } from '../../pipeline/model/model.ts';
import { costOf } from '../../pipeline/money/price.ts';
import type { Rig } from './rig.ts';

const usage = z.object({
  records: z.array(
    z.object({
      provider: z.enum(providerNames),
      model: z.string(),
      /** Anthropic calls its default `standard`. */
      tier: z.enum(serviceTiers).catch('default'),
      traceId: z.string().optional(),
      billed: z.boolean(),
      inputTokens: z.number(),
      cachedInputTokens: z.number(),
      cacheWriteTokens: z.number(),
      outputTokens: z.number(),
      reasoningTokens: z.number(),
    }),
  ),
});

/** A call that the models have billed, and its cost by the catalogue's prices of today. */
export type BilledCall = { traceId: string; costMicroUsd: number };

/** The models' own bill, apart from all that Relay writes. */
export const billedCalls = async ({ endpoints }: Pick<Rig, 'endpoints'>): Promise<BilledCall[]> => {
  const response = await fetch(`${endpoints.models}/control/usage`);
  const { records } = usage.parse(await response.json());
  return records
    .filter(({ billed }) => billed)
    .map(({ provider, model, tier, traceId = '', ...used }) => {
      const offer = Object.values(defaultCatalogue)
        .flatMap(({ offers }) => offers)
        .find((it) => it.provider === provider && it.modelId === model);
      const cost = offer && costOf(offer.prices, used, tier, Date.now());
      if (cost?.kind !== 'known') throw new Error(`a call of ${model} has no price`);
      return { traceId, costMicroUsd: cost.microUsd };
    });
};
