import type { ServiceTier, Usage } from '../model/model.ts';
import { dayStartMs } from '../utc.ts';

/** US dollars per million tokens, as providers print them. */
export type TierPrice = {
  input: number;
  cachedInput: number;
  /** Input that the provider keeps in its prompt cache. Default: `input`, where keeping it is free. */
  cacheWrite?: number;
  output: number;
};

/** A prompt above the threshold makes the whole call dearer: all kinds of input by one factor, output by the other. */
export type LongContext = { overInputTokens: number; inputFactor: number; outputFactor: number };

/** A price list that holds from a day on (UTC, `YYYY-MM-DD`). A tier that is not listed is not sold. */
export type PriceList = {
  from: string;
  tiers: { default: TierPrice } & Partial<Record<ServiceTier, TierPrice>>;
  longContext?: LongContext;
};

/** What one model costs at one provider, at any time: there is always a price to estimate by. */
export type PriceLists = readonly [PriceList, ...PriceList[]];

/** Why a call has no exact price: a gap to close, never a free call. */
export const unpricedReasons = ['no-price-list', 'unknown-tier', 'usage-unknown'] as const;
export type Unpriced = (typeof unpricedReasons)[number];

/** `estimated`: on the high side, and to be marked as such wherever it is kept. */
export type Cost =
  | { kind: 'known'; microUsd: number }
  | { kind: 'estimated'; microUsd: number; reason: Unpriced };

/**
 * The cost of one call at the tier that was served. Prices and days come from the offer, "now" from the caller. For a
 * tier or a day that has no price, the dearest that the offer has ever listed stands in.
 */
export const costOf = (
  lists: PriceLists,
  usage: Usage,
  tier: ServiceTier | 'unknown',
  nowMs: number,
): Cost => {
  const list = priceListAt(lists, nowMs);
  if (list === undefined)
    return { kind: 'estimated', microUsd: dearestMicroUsd(lists, usage), reason: 'no-price-list' };
  const price = tier === 'unknown' ? undefined : list.tiers[tier];
  if (price === undefined)
    return { kind: 'estimated', microUsd: dearestMicroUsd(lists, usage), reason: 'unknown-tier' };
  return { kind: 'known', microUsd: microUsd(price, usage, list.longContext) };
};

/** The cost of a call that broke off before its usage was known: `usage` is guessed, `tier` the one asked for. */
export const costOfGuess = (lists: PriceLists, usage: Usage, tier: ServiceTier, nowMs: number): Cost => ({
  ...costOf(lists, usage, tier, nowMs),
  kind: 'estimated',
  reason: 'usage-unknown',
});

/** The price list of a moment, whatever order they are in: the one that began last. */
export const priceListAt = (lists: readonly PriceList[], nowMs: number): PriceList | undefined =>
  lists
    .filter(({ from }) => dayStartMs(from) <= nowMs)
    .reduce<PriceList | undefined>(
      (latest, list) => (latest === undefined || latest.from < list.from ? list : latest),
      undefined,
    );

const dearestMicroUsd = (lists: PriceLists, usage: Usage): number =>
  Math.max(
    ...lists.flatMap(({ tiers, longContext }) =>
      Object.values(tiers).map((price) => microUsd(price, usage, longContext)),
    ),
  );

/** Summed in whole pico-dollars and rounded once: $0.0025 per million tokens is half a nano-dollar more than two. */
const microUsd = (price: TierPrice, usage: Usage, longContext: LongContext | undefined): number => {
  const { inputTokens, outputTokens } = usage;
  const cached = Math.min(usage.cachedInputTokens, inputTokens);
  const written = Math.min(usage.cacheWriteTokens, inputTokens - cached);
  const isLong = longContext !== undefined && inputTokens > longContext.overInputTokens;
  const factors = isLong ? longContext : SHORT;
  const input = (usdPerMillion: number) => picoUsdPerToken(usdPerMillion * factors.inputFactor);
  const picoUsd =
    (inputTokens - cached - written) * input(price.input) +
    cached * input(price.cachedInput) +
    written * input(price.cacheWrite ?? price.input) +
    outputTokens * picoUsdPerToken(price.output * factors.outputFactor);
  return Math.round(picoUsd / 1_000_000);
};

const SHORT = { inputFactor: 1, outputFactor: 1 };

const picoUsdPerToken = (usdPerMillionTokens: number): number => Math.round(usdPerMillionTokens * 1_000_000);
