import * as fc from 'fast-check';
import { throughput } from '../../lib/bench/throughput.ts';

describe('throughput', () => {
  test('counts from the start to the last ending, and from the middle ending to the last', () => {
    expect(throughput(1_000, [1_600, 2_000, 2_800, 3_000])).toEqual({
      wholeJobsPerSecond: 2,
      lastHalfJobsPerSecond: 2,
    });
  });

  test('does not depend on the order in which endings are told', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 2 }), (endedAtMs) => {
        expect(throughput(0, endedAtMs.toReversed())).toEqual(throughput(0, endedAtMs));
      }),
    );
  });

  test('gives the larger half to the second one when the count is odd', () => {
    expect(throughput(0, [1_000, 2_000, 3_000]).lastHalfJobsPerSecond).toBe(1);
  });

  test('is nought, and not infinite, when nothing ended or no time passed', () => {
    const nought = { wholeJobsPerSecond: 0, lastHalfJobsPerSecond: 0 };
    expect(throughput(500, [])).toEqual(nought);
    expect(throughput(500, [500, 500])).toEqual(nought);
  });
});
