/** Jobs per second of a run and of its last half, when every environment is compiled and warm. */
export type Throughput = { wholeJobsPerSecond: number; lastHalfJobsPerSecond: number };

/** `endedAtMs` in any order, on the clock of `startedAtMs`. */
export const throughput = (startedAtMs: number, endedAtMs: readonly number[]): Throughput => {
  const sorted = endedAtMs.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const halfAtMs = sorted[half - 1] ?? startedAtMs;
  const lastAtMs = sorted.at(-1) ?? startedAtMs;
  return {
    wholeJobsPerSecond: perSecond(sorted.length, lastAtMs - startedAtMs),
    lastHalfJobsPerSecond: perSecond(sorted.length - half, lastAtMs - halfAtMs),
  };
};

const perSecond = (count: number, ms: number): number => (ms > 0 ? (count / ms) * 1_000 : 0);
