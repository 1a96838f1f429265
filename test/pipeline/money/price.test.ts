import fc from 'fast-check';
import { defaultCatalogue } from '../../../lib/pipeline/model/default-catalogue.ts';
import { serviceTiers, type Usage } from '../../../lib/pipeline/model/model.ts';
import { costOf, costOfGuess, type PriceLists, priceListAt } from '../../../lib/pipeline/money/price.ts';
import { dayStartMs } from '../../../lib/pipeline/utc.ts';

const at = (day: string) => Date.parse(`${day}T12:00:00Z`);
const usage = (changes: Partial<Usage> = {}): Usage => ({
  inputTokens: 1_000_000,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  ...changes,
});
const lists: PriceLists = [
  { from: '2026-01-01', tiers: { default: { input: 2, cachedInput: 0.2, output: 10 } } },
  {
    from: '2026-06-01',
    tiers: {
      default: { input: 1, cachedInput: 0.005, output: 5 },
      flex: { input: 0.5, cachedInput: 0.0025, output: 2.5 },
    },
  },
];
const microUsd = (...args: Parameters<typeof costOf>) => costOf(...args).microUsd;

/** A later model's: writes to the prompt cache are charged, and prompts above 1,000 tokens are dearer as a whole. */
const later: PriceLists = [
  {
    from: '2026-01-01',
    tiers: { default: { input: 1, cachedInput: 0.1, cacheWrite: 1.25, output: 5 } },
    longContext: { overInputTokens: 1_000, inputFactor: 2, outputFactor: 1.5 },
  },
];

const offers = Object.values(defaultCatalogue).flatMap((model) => model.offers);
const anyOffer = fc.constantFrom(...offers);
const anyTier = fc.constantFrom(...serviceTiers, 'unknown' as const);
const anyInstant = fc.integer({ min: at('2025-01-01'), max: at('2028-01-01') });
const anyUsage = fc
  .tuple(fc.nat(1_000_000), fc.nat(1_000_000), fc.nat(1_000_000), fc.nat(200_000))
  .map(([fresh, cachedInputTokens, cacheWriteTokens, outputTokens]) => ({
    inputTokens: fresh + cachedInputTokens + cacheWriteTokens,
    cachedInputTokens,
    cacheWriteTokens,
    outputTokens,
    reasoningTokens: 0,
  }));

const sum = (a: Usage, b: Usage): Usage => ({
  inputTokens: a.inputTokens + b.inputTokens,
  cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
  cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  reasoningTokens: 0,
});

describe('the cost of a call', () => {
  it('follows the price list of its day', () => {
    expect(microUsd(lists, usage(), 'default', at('2026-05-31'))).toBe(2_000_000);
    expect(microUsd(lists, usage(), 'default', at('2026-06-01'))).toBe(1_000_000);
  });

  it('takes cached input at its own price, and reasoning as part of the output', () => {
    const tokens = usage({
      cachedInputTokens: 400_000,
      cacheWriteTokens: 0,
      outputTokens: 1_000,
      reasoningTokens: 900,
    });
    expect(microUsd(lists, tokens, 'default', at('2026-07-01'))).toBe(600_000 + 2_000 + 5_000);
  });

  it('is that of the tier that was served', () => {
    expect(microUsd(lists, usage(), 'flex', at('2026-07-01'))).toBe(500_000);
  });

  it('takes what is written to the prompt cache at its own price', () => {
    const tokens = usage({ inputTokens: 1_000, cachedInputTokens: 200, cacheWriteTokens: 400 });
    expect(microUsd(later, tokens, 'default', at('2026-07-01'))).toBe(400 + 20 + 500);
    const free = usage({ cacheWriteTokens: 400_000 });
    expect(microUsd(lists, free, 'default', at('2026-07-01'))).toBe(1_000_000);
  });

  it('of a prompt above the threshold is dearer as a whole, and up to it not at all', () => {
    const tokens = { cachedInputTokens: 200, cacheWriteTokens: 400, outputTokens: 100 };
    expect(microUsd(later, usage({ inputTokens: 1_000, ...tokens }), 'default', at('2026-07-01'))).toBe(
      1_420,
    );
    expect(microUsd(later, usage({ inputTokens: 1_001, ...tokens }), 'default', at('2026-07-01'))).toBe(
      2 * (401 + 20 + 500) + 750,
    );
  });

  it('does not depend on the order of the lists, and a list that begins in the future waits for its day', () => {
    const [old, recent] = lists;
    const reversed: PriceLists = [recent ?? old, old];
    const day = dayStartMs('2026-06-01');
    expect(microUsd(reversed, usage(), 'default', day - 1)).toBe(2_000_000);
    expect(microUsd(reversed, usage(), 'default', day)).toBe(1_000_000);
  });

  it('keeps fractions of a micro-dollar per token until the sum', () => {
    expect(microUsd(lists, usage({ cachedInputTokens: 1_000_000 }), 'default', at('2026-07-01'))).toBe(5_000);
    expect(microUsd(lists, usage({ cachedInputTokens: 1_000_000 }), 'flex', at('2026-07-01'))).toBe(2_500);
    expect(microUsd(lists, usage({ inputTokens: 1 }), 'flex', at('2026-07-01'))).toBe(1);
  });
});

describe('a call without an exact price', () => {
  it('is estimated at the dearest that its offer has listed, and says why', () => {
    const estimated = (reason: string) => ({ kind: 'estimated', microUsd: 2_000_000, reason });
    expect(costOf(lists, usage(), 'priority', at('2026-07-01'))).toEqual(estimated('unknown-tier'));
    expect(costOf(lists, usage(), 'unknown', at('2026-07-01'))).toEqual(estimated('unknown-tier'));
    expect(costOf(lists, usage(), 'default', at('2025-12-31'))).toEqual(estimated('no-price-list'));
  });

  it('that broke off is priced at the tier that was asked for, on guessed tokens', () => {
    const guess = costOfGuess(lists, usage(), 'flex', at('2026-07-01'));
    expect(guess).toEqual({ kind: 'estimated', microUsd: 500_000, reason: 'usage-unknown' });
  });

  it('never costs less than it would at any tier and day that the offer lists', () => {
    fc.assert(
      fc.property(anyOffer, anyUsage, anyInstant, ({ prices }, tokens, nowMs) => {
        const estimate = costOf(prices, tokens, 'unknown', nowMs);
        expect(estimate.kind).toBe('estimated');
        const list = priceListAt(prices, nowMs);
        for (const tier of serviceTiers)
          if (list?.tiers[tier] !== undefined)
            expect(estimate.microUsd).toBeGreaterThanOrEqual(microUsd(prices, tokens, tier, nowMs));
      }),
    );
  });
});

describe('costs at the default prices', () => {
  it('are whole micro-dollars, never negative, and nothing only for nothing', () => {
    fc.assert(
      fc.property(anyOffer, anyUsage, anyTier, anyInstant, ({ prices }, tokens, tier, nowMs) => {
        const cost = microUsd(prices, tokens, tier, nowMs);
        expect(Number.isSafeInteger(cost)).toBe(true);
        expect(cost).toBeGreaterThanOrEqual(0);
        if (tokens.inputTokens + tokens.outputTokens > 1_000) expect(cost).toBeGreaterThan(0);
      }),
    );
  });

  it('never fall when tokens are added', () => {
    fc.assert(
      fc.property(anyOffer, anyUsage, anyUsage, anyTier, anyInstant, ({ prices }, a, b, tier, nowMs) => {
        expect(microUsd(prices, sum(a, b), tier, nowMs)).toBeGreaterThanOrEqual(
          microUsd(prices, a, tier, nowMs),
        );
      }),
    );
  });

  it('add up over tokens, but for the rounding of each, as long as no prompt is long', () => {
    fc.assert(
      fc.property(anyOffer, anyUsage, anyUsage, anyTier, anyInstant, ({ prices }, a, b, tier, nowMs) => {
        const [first, ...rest] = prices;
        const { longContext, ...short } = first;
        const lists: PriceLists = [short, ...rest];
        const apart = microUsd(lists, a, tier, nowMs) + microUsd(lists, b, tier, nowMs);
        expect(Math.abs(microUsd(lists, sum(a, b), tier, nowMs) - apart)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('are never less for a long prompt than they would be without the threshold', () => {
    fc.assert(
      fc.property(anyOffer, anyUsage, anyTier, anyInstant, ({ prices }, tokens, tier, nowMs) => {
        const [{ longContext, ...short }, ...rest] = prices;
        const flat = microUsd([short, ...rest], tokens, tier, nowMs);
        expect(microUsd(prices, tokens, tier, nowMs)).toBeGreaterThanOrEqual(flat);
      }),
    );
  });

  it('rise from flex to default to priority, wherever the tier is sold', () => {
    fc.assert(
      fc.property(anyOffer, anyUsage, ({ prices: [list] }, tokens) => {
        const costs = (['flex', 'default', 'priority'] as const)
          .filter((tier) => list.tiers[tier] !== undefined)
          .map((tier) => microUsd([list], tokens, tier, dayStartMs(list.from)));
        expect(costs).toEqual(costs.toSorted((a, b) => a - b));
      }),
    );
  });

  it('are never free: every price is above zero, and cached input below fresh', () => {
    for (const { prices } of offers)
      for (const { tiers } of prices)
        for (const { input, cachedInput, cacheWrite = input, output } of Object.values(tiers)) {
          expect(cachedInput).toBeGreaterThan(0);
          expect(input).toBeGreaterThan(cachedInput);
          expect(cacheWrite).toBeGreaterThanOrEqual(input);
          expect(output).toBeGreaterThan(input);
        }
  });
});
