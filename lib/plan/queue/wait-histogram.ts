/** Many durations in little room: each is known to half a percent. */
export type WaitHistogram = {
  add(ms: number): void;
  count(): number;
  meanMs(): number;
  /** Nearest rank. NaN when nothing was added. */
  percentile(percent: number): number;
};

/** What is shorter counts as nothing. In ms. */
const LEAST_MS = 0.1;
const STEP = Math.log(1.005);
/** Up to 0.1 ms x 1.005^5000 = 78 days. */
const BUCKETS = 5_000;

export const createWaitHistogram = (): WaitHistogram => {
  const counts = new Float64Array(BUCKETS);
  let count = 0;
  let sumMs = 0;
  return {
    add: (ms) => {
      const bucket =
        ms <= LEAST_MS ? 0 : Math.min(BUCKETS - 1, 1 + Math.floor(Math.log(ms / LEAST_MS) / STEP));
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      count += 1;
      sumMs += ms;
    },
    count: () => count,
    meanMs: () => (count === 0 ? Number.NaN : sumMs / count),
    percentile: (percent) => {
      const rank = Math.max(1, Math.ceil((percent / 100) * count));
      let seen = 0;
      const bucket = counts.findIndex((inBucket) => {
        seen += inBucket;
        return seen >= rank;
      });
      return bucket === -1 ? Number.NaN : middleMs(bucket);
    },
  };
};

const middleMs = (bucket: number): number => (bucket === 0 ? 0 : LEAST_MS * Math.exp((bucket - 0.5) * STEP));
