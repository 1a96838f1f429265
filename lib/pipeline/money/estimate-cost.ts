import type { LaneMessage } from '../job/sealed-message.ts';
import { estimateUsage } from '../model/estimate-tokens.ts';
import type { ServiceTier } from '../model/model.ts';
import { costOf, type PriceLists } from './price.ts';

/** What one call of a job is likely to cost at an offer's prices, in micro-dollars. */
export const estimateCost = (
  { prices }: { prices: PriceLists },
  message: LaneMessage,
  tier: ServiceTier,
  nowMs: number,
): number => costOf(prices, estimateUsage(message), tier, nowMs).microUsd;
