import { estimateCost } from '../../../lib/pipeline/money/estimate-cost.ts';
import type { PriceLists } from '../../../lib/pipeline/money/price.ts';
import { aMessage } from '../../builders.ts';

const START_MS = Date.parse('2026-11-22T12:00:00Z');
const prices = [
  { from: '2026-01-01', tiers: { default: { input: 1, cachedInput: 0.1, output: 10 } } },
  { from: '2027-01-01', tiers: { default: { input: 2, cachedInput: 0.2, output: 20 } } },
] as const satisfies PriceLists;

const estimate = (changes: Parameters<typeof aMessage>[0], nowMs = START_MS) =>
  estimateCost({ prices }, aMessage(changes), 'default', nowMs);

describe('what a call is likely to cost', () => {
  const input = {
    instructions: 'x'.repeat(1_000),
    messages: [{ role: 'user' as const, content: 'x'.repeat(3_000) }],
  };

  it('is a token for every four characters, and the usual answer or the shorter one that is asked for', () => {
    expect(estimate({ input })).toBe(1_000 + 500 * 10);
    expect(estimate({ input, options: { maxOutputTokens: 100 } })).toBe(1_000 + 100 * 10);
    expect(estimate({ input, options: { maxOutputTokens: 9_000 } })).toBe(1_000 + 500 * 10);
  });

  it('follows the prices of the day', () => {
    expect(estimate({ input }, Date.parse('2027-01-01T00:00:00Z'))).toBe(2_000 + 500 * 20);
  });

  it('is the dearest price that was ever listed where a tier or a day has none', () => {
    expect(estimateCost({ prices }, aMessage({ input }), 'flex', START_MS)).toBe(2_000 + 500 * 20);
    expect(estimate({ input }, Date.parse('2025-01-01T00:00:00Z'))).toBe(2_000 + 500 * 20);
  });
});
