import type { Usage } from '../../pipeline/model/model.ts';

// The provider's own arithmetic, written apart from lib/pipeline/money: a bill that was computed by the code that it
// is held against would prove nothing.

/** Micro-dollars per million tokens: input, input read from the prompt cache, output. */
type Row = readonly [input: bigint, cachedInput: bigint, output: bigint];

type Model = {
  standard: Row;
  priority?: Row;
  /** Tokens put into the prompt cache cost five quarters of the input. */
  chargesCacheWrites?: true;
  /** A prompt above so many tokens is billed at other rates, in halves of the usual ones. */
  long?: { above: number; inputHalves: bigint; outputHalves: bigint };
};

const halved: ReadonlySet<string> = new Set(['flex']);
const dearer: ReadonlySet<string> = new Set(['priority', 'fast']);

const gpt6 = {
  chargesCacheWrites: true,
  long: { above: 272_000, inputHalves: 4n, outputHalves: 3n },
} as const;

/** Standard and priority prices as the price pages had them on 2026-11-22; flex costs half of the standard ones. */
const table: Readonly<Record<string, Model>> = {
  'gpt-5': { standard: [1_250_000n, 125_000n, 10_000_000n], priority: [2_500_000n, 250_000n, 20_000_000n] },
  'gpt-5-mini': { standard: [250_000n, 25_000n, 2_000_000n], priority: [450_000n, 45_000n, 3_600_000n] },
  'gpt-5-nano': { standard: [50_000n, 5_000n, 400_000n] },
  'gpt-6.1-sol': {
    ...gpt6,
    standard: [2_000_000n, 100_000n, 10_000_000n],
    priority: [4_000_000n, 200_000n, 20_000_000n],
  },
  'gpt-6.1-terra': {
    ...gpt6,
    standard: [1_000_000n, 50_000n, 5_000_000n],
    priority: [2_000_000n, 100_000n, 10_000_000n],
  },
  'gpt-6-luna': {
    ...gpt6,
    standard: [100_000n, 10_000n, 500_000n],
    priority: [200_000n, 20_000n, 1_000_000n],
  },
  'claude-haiku-5-5': {
    standard: [100_000n, 10_000n, 500_000n],
    chargesCacheWrites: true,
    long: { above: 100_000, inputHalves: 10n, outputHalves: 10n },
  },
};

const MILLION = 1_000_000n;
const USUAL = { inputHalves: 2n, outputHalves: 2n };

/** What a call costs, rounded to the nearest micro-dollar, halves up. A model without a price is given away. */
export const billedMicroUsd = (
  model: string,
  tier: string,
  { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens }: Omit<Usage, 'reasoningTokens'>,
): number => {
  const rates = table[model];
  if (rates === undefined) return 0;
  const { standard, priority = standard, chargesCacheWrites = false, long } = rates;
  const [input, cachedInput, output] = dearer.has(tier) ? priority : standard;
  const { inputHalves, outputHalves } = long !== undefined && inputTokens > long.above ? long : USUAL;
  const write = chargesCacheWrites ? 5n * input : 4n * input;
  const quarters =
    BigInt(inputTokens - cachedInputTokens - cacheWriteTokens) * 4n * input +
    BigInt(cachedInputTokens) * 4n * cachedInput +
    BigInt(cacheWriteTokens) * write;
  const eighths = quarters * inputHalves + BigInt(outputTokens) * 4n * output * outputHalves;
  const divisor = 8n * MILLION * (halved.has(tier) ? 2n : 1n);
  return Number((2n * eighths + divisor) / (2n * divisor));
};
