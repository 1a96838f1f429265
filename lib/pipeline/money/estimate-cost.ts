import type { JobMessage } from '../job/job-message.ts';
import { estimateUsage } from '../model/estimate-tokens.ts';
import type { ServiceTier } from '../model/model.ts';
import { costOf, type PriceList } from './price.ts';

/**
 * What one call of a job is likely to cost at an offer's prices, in micro-dollars. 0 where the catalogue has no price:
 * what such a call costs stays unknown afterwards too, and is alarmed as an unpriced call.
 */
export const estimateCost = (
  { prices }: { prices: readonly PriceList[] },
  message: JobMessage,
  tier: ServiceTier,
  nowMs: number,
): number => {
  const usage = { ...estimateUsage(message), cachedInputTokens: 0, reasoningTokens: 0 };
  const cost = costOf(prices, usage, tier, nowMs);
  return cost.kind === 'known' ? cost.microUsd : 0;
};
