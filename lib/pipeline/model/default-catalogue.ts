import type { PriceList, TierPrice } from '../money/price.ts';
import { type Catalogue, DEFAULT_SILENCE, type Offer } from './catalogue.ts';

const scaled = (price: TierPrice, factor: number): TierPrice => ({
  input: price.input * factor,
  cachedInput: price.cachedInput * factor,
  output: price.output * factor,
});

const usd = (input: number, cachedInput: number, output: number): TierPrice => ({
  input,
  cachedInput,
  output,
});

/** Standard price, priority at its own or twice the standard one, flex at half: OpenAI's price pages, read 2026-11-22. */
const openAiPrices = (
  from: string,
  standard: TierPrice,
  priority: TierPrice | undefined,
): readonly PriceList[] => [
  { from, tiers: { default: standard, flex: scaled(standard, 0.5), ...(priority && { priority }) } },
];

const gpt5 = openAiPrices('2025-08-07', usd(1.25, 0.125, 10), usd(2.5, 0.25, 20));
const gpt5Mini = openAiPrices('2025-08-07', usd(0.25, 0.025, 2), usd(0.45, 0.045, 3.6));
const gpt5Nano = openAiPrices('2025-08-07', usd(0.05, 0.005, 0.4), undefined);
const gpt61Sol = openAiPrices('2026-09-29', usd(2, 0.1, 10), usd(4, 0.2, 20));
const gpt61Terra = openAiPrices('2026-10-26', usd(1, 0.05, 5), usd(2, 0.1, 10));
const gpt6Luna = openAiPrices('2026-09-22', usd(0.1, 0.01, 0.5), usd(0.2, 0.02, 1));
const claudeHaiku55: readonly PriceList[] = [{ from: '2026-10-07', tiers: { default: usd(0.1, 0.01, 0.5) } }];

/** Azure retires the GPT-5 family on 2027-02-06, OpenAI shuts it down on 2026-12-11 (their pages, read 2026-11-22). */
const gpt5Family = (modelId: string, prices: readonly PriceList[]): readonly Offer[] => [
  { provider: 'azure-openai', modelId, liveUntil: '2027-02-06', prices },
  { provider: 'openai', modelId, liveUntil: '2026-12-11', prices },
];

/** The successors that OpenAI names; they take over on the shutdown day by themselves. */
const successor = (modelId: string, prices: readonly PriceList[]): Offer => ({
  provider: 'openai',
  modelId,
  liveFrom: '2026-12-11',
  leastEffort: 'low',
  prices,
});

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
