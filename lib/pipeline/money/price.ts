import type { ServiceTier, Usage } from '../model/model.ts';

/** US dollars per million tokens, as providers print them. */
export type TierPrice = { input: number; cachedInput: number; output: number };

/** A price list that holds from a day on (UTC, `YYYY-MM-DD`). A tier that is not listed is not sold. */
export type PriceList = {
  from: string;
  tiers: { default: TierPrice } & Partial<Record<ServiceTier, TierPrice>>;
};

export type Cost =
  | { kind: 'known'; microUsd: number }
  | { kind: 'unpriced'; reason: 'no-price-list' | 'unknown-tier' };

/** The cost of one call at the tier that was served. Prices and days come from the offer, "now" from the caller. */
export const costOf = (
  lists: readonly PriceList[],
  usage: Usage,
  tier: ServiceTier | 'unknown',
  nowMs: number,
): Cost => {
  const list = lists.filter(({ from }) => dayStartMs(from) <= nowMs).at(-1);
  if (list === undefined) return { kind: 'unpriced', reason: 'no-price-list' };
  const price = tier === 'unknown' ? undefined : list.tiers[tier];
  if (price === undefined) return { kind: 'unpriced', reason: 'unknown-tier' };
  return { kind: 'known', microUsd: microUsd(price, usage) };
};

/** 00:00 UTC of a day written `YYYY-MM-DD`, in ms since 1970. */
export const dayStartMs = (day: string): number => Date.parse(`${day}T00:00:00Z`);

/** Summed in whole nano-dollars, because $0.005 per million tokens is a fraction of a micro-dollar per token. */
const microUsd = (price: TierPrice, usage: Usage): number => {
  const cached = Math.min(usage.cachedInputTokens, usage.inputTokens);
  const nanoUsd =
    (usage.inputTokens - cached) * nanoUsdPerToken(price.input) +
    cached * nanoUsdPerToken(price.cachedInput) +
    usage.outputTokens * nanoUsdPerToken(price.output);
  return Math.round(nanoUsd / 1000);
};

const nanoUsdPerToken = (usdPerMillionTokens: number): number => Math.round(usdPerMillionTokens * 1000);
