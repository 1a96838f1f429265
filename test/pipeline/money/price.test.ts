import fc from 'fast-check';
import { costOf, type PriceList } from '../../../lib/pipeline/money/price.ts';

const at = (day: string) => Date.parse(`${day}T12:00:00Z`);
const usage = (changes = {}) => ({
  inputTokens: 1_000_000,
  cachedInputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  ...changes,
});
const lists: PriceList[] = [
  { from: '2026-01-01', tiers: { default: { input: 2, cachedInput: 0.2, output: 10 } } },
  {
    from: '2026-06-01',
    tiers: {
      default: { input: 1, cachedInput: 0.005, output: 5 },
      flex: { input: 0.5, cachedInput: 0.0025, output: 2.5 },
    },
  },
];
const microUsd = (...args: Parameters<typeof costOf>) => {
  const cost = costOf(...args);
  return cost.kind === 'known' ? cost.microUsd : cost.reason;
};

describe('the cost of a call', () => {
  it('follows the price list of its day', () => {
    expect(microUsd(lists, usage(), 'default', at('2026-05-31'))).toBe(2_000_000);
    expect(microUsd(lists, usage(), 'default', at('2026-06-01'))).toBe(1_000_000);
  });

  it('takes cached input at its own price, and reasoning as part of the output', () => {
    const tokens = usage({ cachedInputTokens: 400_000, outputTokens: 1_000, reasoningTokens: 900 });
    expect(microUsd(lists, tokens, 'default', at('2026-07-01'))).toBe(600_000 + 2_000 + 5_000);
  });

  it('is that of the tier that was served', () => {
    expect(microUsd(lists, usage(), 'flex', at('2026-07-01'))).toBe(500_000);
  });

  it('is never a silent zero: an unknown tier and a day without prices are said', () => {
    expect(microUsd(lists, usage(), 'priority', at('2026-07-01'))).toBe('unknown-tier');
    expect(microUsd(lists, usage(), 'unknown', at('2026-07-01'))).toBe('unknown-tier');
    expect(microUsd(lists, usage(), 'default', at('2025-12-31'))).toBe('no-price-list');
  });

  it('keeps fractions of a micro-dollar per token until the sum', () => {
    expect(microUsd(lists, usage({ cachedInputTokens: 1_000_000 }), 'default', at('2026-07-01'))).toBe(5_000);
    expect(microUsd(lists, usage({ inputTokens: 1 }), 'flex', at('2026-07-01'))).toBe(1);
  });

  it('never falls when tokens are added', () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), fc.nat(1_000_000), fc.nat(1_000_000), (input, more, output) => {
        const less = microUsd(
          lists,
          usage({ inputTokens: input, outputTokens: output }),
          'default',
          at('2026-07-01'),
        );
        const grown = microUsd(
          lists,
          usage({ inputTokens: input + more, outputTokens: output + more }),
          'default',
          at('2026-07-01'),
        );
        expect(Number(grown)).toBeGreaterThanOrEqual(Number(less));
      }),
    );
  });
});
