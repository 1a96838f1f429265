import type { LaneMessage } from '../job/sealed-message.ts';
import { type Catalogue, liveOffers } from '../model/catalogue.ts';
import { estimateCost } from './estimate-cost.ts';

/**
 * The least that a call of this job is likely to cost, over all models that may answer it, in micro-dollars; Infinity
 * when none is on offer. At the default tier: whoever has no money for that is not saved by waiting for a cheaper one.
 */
export const cheapestCallMicroUsd = (catalogue: Catalogue, message: LaneMessage, nowMs: number): number => {
  const models = [message.model, ...catalogue[message.model].fallbacks];
  const mayUse = (provider: (typeof allowed)[number]) => allowed.length === 0 || allowed.includes(provider);
  const allowed = message.allowedProcessors ?? [];
  return Math.min(
    ...models.flatMap((model) =>
      liveOffers(catalogue[model], nowMs, mayUse).map((offer) =>
        estimateCost(offer, message, 'default', nowMs),
      ),
    ),
  );
};
