import { sum } from '../../sum.ts';

/** Two samples set against each other, without a word on how they are distributed. */
export type RankTest = {
  /** How likely a difference like this is, or a greater one, where there is none. */
  p: number;
  /** How much greater values of the second sample are: the median of all differences (Hodges and Lehmann). */
  shift: number;
};

/** Mann and Whitney's test with mid-ranks, its normal approximation corrected for ties and continuity: for 8 values or more. */
export const rankTest = (before: readonly number[], after: readonly number[]): RankTest => {
  const [n, m] = [before.length, after.length];
  const { ranks, tieSum } = midRanks([...before, ...after]);
  const rankSum = sum(ranks.slice(0, n));
  const u = rankSum - (n * (n + 1)) / 2;
  const total = n + m;
  const variance = ((n * m) / 12) * (total + 1 - tieSum / (total * (total - 1)));
  const distance = Math.max(0, Math.abs(u - (n * m) / 2) - 0.5);
  const p = variance <= 0 ? 1 : 2 * normalTail(distance / Math.sqrt(variance));
  return { p: Math.min(1, p), shift: medianOf(before.flatMap((one) => after.map((other) => other - one))) };
};

/** Equal values share the mean of their ranks. `tieSum`: of t^3 - t over all ties of t values. */
const midRanks = (values: readonly number[]): { ranks: number[]; tieSum: number } => {
  const order = values
    .map((value, index) => ({ value, index }))
    .toSorted((one, other) => one.value - other.value);
  const ranks = new Array<number>(values.length).fill(0);
  let tieSum = 0;
  for (let start = 0; start < order.length; ) {
    const tied = order.slice(start).findIndex(({ value }) => value !== order[start]?.value);
    const end = tied === -1 ? order.length : start + tied;
    for (const { index } of order.slice(start, end)) ranks[index] = (start + 1 + end) / 2;
    tieSum += (end - start) ** 3 - (end - start);
    start = end;
  }
  return { ranks, tieSum };
};

/** Of the standard normal distribution above z >= 0 (Abramowitz and Stegun, 7.1.26: right to 1.5e-7). */
const normalTail = (z: number): number => {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const series =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return (series * Math.exp(-x * x)) / 2;
};

/** NaN of nothing. */
export const medianOf = (values: readonly number[]): number => {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
};
