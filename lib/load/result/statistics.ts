/** Figures of a sample: nearest ranks, so each is one of its values. */
export type Summary = { count: number; p50: number; p95: number; p99: number; max: number };

/** `undefined` of nothing: there is no latency of no request. */
export const summaryOf = (values: readonly number[]): Summary | undefined => {
  const sorted = values.toSorted((one, other) => one - other);
  const rank = (percent: number) => sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
  if (sorted.length === 0) return undefined;
  return { count: sorted.length, p50: rank(50), p95: rank(95), p99: rank(99), max: rank(100) };
};

/** How often each word comes, the most frequent first. */
export const tally = (words: readonly string[]): { word: string; count: number }[] => {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .map(([word, count]) => ({ word, count }))
    .toSorted((one, other) => other.count - one.count || one.word.localeCompare(other.word));
};
