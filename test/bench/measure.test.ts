import { type Figure, verdictOn } from '../../lib/bench/measure.ts';

const ratio = (value: number, goal?: Figure['goal']): Figure => ({
  name: 'a / b',
  value,
  unit: 'x',
  ...(goal && { goal }),
});

describe('the verdict on a figure', () => {
  test.each([
    { kind: 'at-most', value: 1.49, verdict: 'met' },
    { kind: 'at-most', value: 1.5, verdict: 'met' },
    { kind: 'at-most', value: 1.501, verdict: 'missed' },
    { kind: 'at-least', value: 1.51, verdict: 'met' },
    { kind: 'at-least', value: 1.5, verdict: 'met' },
    { kind: 'at-least', value: 1.499, verdict: 'missed' },
  ] as const)('$kind 1.5: $value has $verdict it', ({ kind, value, verdict }) => {
    expect(verdictOn(ratio(value, { kind, limit: 1.5 }))).toBe(verdict);
  });

  test('is not given without a goal', () => {
    expect(verdictOn(ratio(1))).toBeUndefined();
  });

  test.each(['at-most', 'at-least'] as const)('is a miss when nothing could be measured, %s', (kind) => {
    expect(verdictOn(ratio(Number.NaN, { kind, limit: 1.5 }))).toBe('missed');
  });
});
