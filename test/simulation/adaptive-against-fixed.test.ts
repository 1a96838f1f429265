import { compareLimits, type ModelComparison } from '../../lib/simulation/adaptive-against-fixed.ts';

const CALLS_PER_MODEL = 12_000;

/** Two seconds of work; a busy machine may take its time. */
const HOOK_TIMEOUT_MS = 60_000;

describe.each([1, 2, 3])('limits learned from latencies against fixed ones (seed %i)', (seed) => {
  let comparisons: readonly ModelComparison[] = [];

  beforeAll(async () => {
    comparisons = await compareLimits({ seed, callsPerModel: CALLS_PER_MODEL });
  }, HOOK_TIMEOUT_MS);

  it('compares every model on calls of which some are silent and some stall', () => {
    expect(comparisons.map(({ model }) => model)).toEqual(['gpt-5', 'gpt-5-mini', 'gpt-5-nano', 'claude']);
    for (const { fixed, adaptive } of comparisons) {
      expect(fixed.silent.calls).toBeGreaterThan(30);
      expect(fixed.stalled.calls).toBeGreaterThan(30);
      expect(adaptive.silent.calls).toBe(fixed.silent.calls);
      expect(adaptive.learnedShare).toBeGreaterThan(0.7);
      expect(fixed.learnedShare).toBe(0);
    }
  });

  it('rescues a job from silence at least twice as soon, and from a stall sooner', () => {
    for (const { fixed, adaptive } of comparisons) {
      expect(adaptive.silent.p50Ms * 2).toBeLessThanOrEqual(fixed.silent.p50Ms);
      expect(adaptive.stalled.p50Ms).toBeLessThan(fixed.stalled.p50Ms);
    }
  });

  it('never holds a job longer', () => {
    for (const { fixed, adaptive } of comparisons) {
      expect(adaptive.silent.p99Ms).toBeLessThanOrEqual(fixed.silent.p99Ms);
      expect(adaptive.stalled.p99Ms).toBeLessThanOrEqual(fixed.stalled.p99Ms);
    }
  });

  it('cuts fewer than 0.4 % of the calls that would have answered, a slowdown to half the speed included', () => {
    for (const { adaptive } of comparisons) expect(adaptive.falseTimeoutShare).toBeLessThan(0.004);
  });

  it('costs at most 0.02 writes per call, and one of each environment', () => {
    for (const { writesPerCall, calls } of comparisons)
      expect(writesPerCall * calls).toBeLessThanOrEqual(calls * 0.02 + 8 * 3);
  });
});

it('a comparison depends on nothing but its seed', async () => {
  const asked = { seed: 7, callsPerModel: 500 };
  expect(await compareLimits(asked)).toEqual(await compareLimits(asked));
});
