import type { LongContext, PriceList, PriceLists, TierPrice } from '../money/price.ts';
import { type Catalogue, DEFAULT_SILENCE, type Offer } from './catalogue.ts';
import { scaled } from './regional-prices.ts';

const usd = (input: number, cachedInput: number, output: number): TierPrice => ({
  input,
  cachedInput,
  output,
});

/** Writing to the prompt cache costs a quarter more than reading afresh: OpenAI from GPT-5.6 on, Anthropic for 5 minutes. */
const chargingWrites = (price: TierPrice): TierPrice => ({ ...price, cacheWrite: price.input * 1.25 });

/**
 * Prices as of 2026-11-26. Read on the providers' own pages: gpt-5-nano, priority of the GPT-5 family, cache writes, Claude
 * Haiku 5.5 up to its threshold. From price tables that cite those pages: the rest. Taken to be so, and seen nowhere: flex
 * of gpt-5-mini at half, Azure at OpenAI's prices. Hold them against an invoice before they are relied on.
 */
const gpt5: PriceList = {
  from: '2025-08-07',
  tiers: {
    default: usd(1.25, 0.125, 10),
    priority: usd(2.5, 0.25, 20),
    flex: usd(0.625, 0.0625, 5),
  },
};
const gpt5Mini: PriceList = {
  from: '2025-08-07',
  tiers: {
    default: usd(0.25, 0.025, 2),
    priority: usd(0.45, 0.045, 3.6),
    flex: usd(0.125, 0.0125, 1),
  },
};
const gpt5Nano: PriceList = {
  from: '2025-08-07',
  tiers: { default: usd(0.05, 0.005, 0.4), flex: usd(0.025, 0.0025, 0.2) },
};

/** From GPT-5.4 on: above this prompt all input costs twice as much and output half as much again. */
const gptLongContext: LongContext = { overInputTokens: 272_000, inputFactor: 2, outputFactor: 1.5 };

/** Priority at twice the standard price, flex at half. */
const gpt6 = (from: string, standard: TierPrice): PriceLists => {
  const price = chargingWrites(standard);
  const tiers = { default: price, priority: scaled(price, 2), flex: scaled(price, 0.5) };
  return [{ from, tiers, longContext: gptLongContext }];
};

const claudeHaiku55: PriceLists = [
  {
    from: '2026-10-07',
    tiers: { default: chargingWrites(usd(0.1, 0.01, 0.5)) },
    longContext: { overInputTokens: 100_000, inputFactor: 5, outputFactor: 5 },
  },
];

/**
 * Azure retires the GPT-5 family on 2027-02-06, OpenAI shuts it down on 2026-12-11 (their pages, read 2026-11-22).
 * Azure lists none of it for priority, and answers 400 to flex for a model that it does not list.
 */
const gpt5Family = (modelId: string, prices: PriceList): readonly Offer[] => [
  {
    provider: 'azure-openai',
    modelId,
    liveUntil: '2027-02-06',
    prices: [{ ...prices, tiers: { default: prices.tiers.default } }],
  },
  { provider: 'openai', modelId, liveUntil: '2026-12-11', prices: [prices] },
];

/** Of models released since 2026-03-05, at OpenAI's endpoints with data residency (its guide, read 2026-11-26). */
const DATA_RESIDENCY_FACTOR = 1.1;

/** The successors that OpenAI names; they take over on the shutdown day by themselves. */
const successor = (modelId: string, prices: PriceLists): Offer => ({
  provider: 'openai',
  modelId,
  liveFrom: '2026-12-11',
  leastEffort: 'low',
  regionalFactor: DATA_RESIDENCY_FACTOR,
  prices,
});

const gpt61Sol = gpt6('2026-09-29', usd(2, 0.1, 10));
const gpt61Terra = gpt6('2026-10-26', usd(1, 0.05, 5));
const gpt6Luna = gpt6('2026-09-22', usd(0.1, 0.01, 0.5));

/** The models that Relay knows by default. Timeouts: mission row 3; 60 s is the most that any attempt may take. */
export const defaultCatalogue: Catalogue = {
  'gpt-5': {
    timeoutMs: 45_000,
    timeoutRules: [
      { effort: 'high', timeoutMs: 60_000 },
      { tier: 'flex', timeoutMs: 60_000 },
      { maxOutputTokensOver: 8_000, timeoutMs: 60_000 },
    ],
    fallbacks: ['gpt-5-mini', 'claude'],
    offers: [...gpt5Family('gpt-5', gpt5), successor('gpt-6.1-sol', gpt61Sol)],
  },
  'gpt-5-mini': {
    timeoutMs: 30_000,
    timeoutRules: [
      { effort: 'high', timeoutMs: 60_000 },
      { tier: 'flex', timeoutMs: 45_000 },
    ],
    silence: { ...DEFAULT_SILENCE, firstEventMs: 3_000 },
    fallbacks: ['claude'],
    offers: [...gpt5Family('gpt-5-mini', gpt5Mini), successor('gpt-6.1-terra', gpt61Terra)],
  },
  'gpt-5-nano': {
    timeoutMs: 15_000,
    timeoutRules: [
      { effort: 'high', timeoutMs: 60_000 },
      { tier: 'flex', timeoutMs: 30_000 },
    ],
    silence: { ...DEFAULT_SILENCE, firstEventMs: 2_500 },
    fallbacks: ['claude'],
    offers: [...gpt5Family('gpt-5-nano', gpt5Nano), successor('gpt-6-luna', gpt6Luna)],
  },
  claude: {
    timeoutMs: 15_000,
    silence: { ...DEFAULT_SILENCE, firstEventMs: 3_000 },
    fallbacks: [],
    offers: [{ provider: 'anthropic', modelId: 'claude-haiku-5-5', prices: claudeHaiku55 }],
  },
};
