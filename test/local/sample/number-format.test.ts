import { formatCount, formatDuration, formatUsd } from '../../../lib/local/sample/number-format.ts';

describe('figures for people', () => {
  test.each([
    [0, '$0.000000'],
    [7, '$0.000007'],
    [999, '$0.000999'],
    [1_000, '$0.0010'],
    [12_345, '$0.0123'],
    [1_234_567, '$1.2346'],
  ])('%d micro-dollars are %s', (microUsd, text) => {
    expect(formatUsd(microUsd)).toBe(text);
  });

  test.each([
    [undefined, '-'],
    [0, '0 ms'],
    [999, '999 ms'],
    [999.7, '1.0 s'],
    [41_249, '41.2 s'],
  ])('%s ms are %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });

  test('thousands are grouped', () => {
    expect(formatCount(1_234_567)).toBe('1,234,567');
  });
});
