import type { Usage } from '../../pipeline/model/model.ts';

// The provider's own arithmetic, written apart from lib/pipeline/money: a bill that was computed by the code that it
// is held against would prove nothing.

/** Micro-dollars per million tokens: input, input read from the prompt cache, output. */
type Row = readonly [input: bigint, cachedInput: bigint, output: bigint];

const halved: ReadonlySet<string> = new Set(['flex']);
const dearer: ReadonlySet<string> = new Set(['priority', 'fast']);

/** Standard and priority prices as the price pages had them on 2026-11-22; flex costs half of the standard ones. */
const table: Readonly<Record<string, { standard: Row; priority?: Row }>> = {
  'gpt-5': { standard: [1_250_000n, 125_000n, 10_000_000n], priority: [2_500_000n, 250_000n, 20_000_000n] },
  'gpt-5-mini': { standard: [250_000n, 25_000n, 2_000_000n], priority: [450_000n, 45_000n, 3_600_000n] },
  'gpt-5-nano': { standard: [50_000n, 5_000n, 400_000n] },
  'gpt-6.1-sol': {
    standard: [2_000_000n, 100_000n, 10_000_000n],
    priority: [4_000_000n, 200_000n, 20_000_000n],
  },
  'gpt-6.1-terra': {
    standard: [1_000_000n, 50_000n, 5_000_000n],
    priority: [2_000_000n, 100_000n, 10_000_000n],
  },
  'gpt-6-luna': { standard: [100_000n, 10_000n, 500_000n], priority: [200_000n, 20_000n, 1_000_000n] },
  'claude-haiku-5-5': { standard: [100_000n, 10_000n, 500_000n] },
};

const MILLION = 1_000_000n;

/** What a call costs, rounded to the nearest micro-dollar, halves up. A model without a price is given away. */
export const billedMicroUsd = (
  model: string,
  tier: string,
  {
    inputTokens,
    cachedInputTokens,
    outputTokens,
  }: Pick<Usage, 'inputTokens' | 'cachedInputTokens' | 'outputTokens'>,
): number => {
  const prices = table[model];
  if (prices === undefined) return 0;
  const [input, cachedInput, output] = dearer.has(tier)
    ? (prices.priority ?? prices.standard)
    : prices.standard;
  const sum =
    BigInt(inputTokens - cachedInputTokens) * input +
    BigInt(cachedInputTokens) * cachedInput +
    BigInt(outputTokens) * output;
  const divisor = halved.has(tier) ? 2n * MILLION : MILLION;
  return Number((2n * sum + divisor) / (2n * divisor));
};
