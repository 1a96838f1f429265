import fc from 'fast-check';
import { percentile } from '../../../lib/local/sample/percentile.ts';

describe('a percentile by nearest rank', () => {
  test('is the value at the rank that the textbook names', () => {
    const values = [50, 15, 40, 20, 35];
    expect([5, 30, 40, 50, 100].map((percent) => percentile(values, percent))).toEqual([15, 20, 20, 35, 50]);
  });

  test('does not exist for no values', () => {
    expect(percentile([], 50)).toBeUndefined();
  });

  test('is one of the values, with at least that share at or below it and less than that share below it', () => {
    const cases = [fc.array(fc.integer(), { minLength: 1 }), fc.integer({ min: 1, max: 100 })] as const;
    fc.assert(
      fc.property(...cases, (values, percent) => {
        const found = percentile(values, percent) ?? Number.NaN;
        expect(values).toContain(found);
        const share = (kept: readonly number[]) => (kept.length * 100) / values.length;
        expect(share(values.filter((value) => value <= found))).toBeGreaterThanOrEqual(percent);
        expect(share(values.filter((value) => value < found))).toBeLessThan(percent);
      }),
    );
  });
});
