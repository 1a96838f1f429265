import { sum } from '../../sum.ts';

/** Draws a duration in ms out of a number from 0 up to, and without, 1. */
export type Durations = (draw: number) => number;

export const constant =
  (ms: number): Durations =>
  () =>
    ms;

export const exponential =
  (meanMs: number): Durations =>
  (draw) =>
    -Math.log(1 - draw) * meanMs;

/**
 * As measured: values at evenly spaced quantiles, from the least to the greatest, with straight lines between them.
 */
export const fromQuantiles = (quantiles: readonly number[]): Durations => {
  const values = Float64Array.from(quantiles);
  const last = values.length - 1;
  return (draw) => {
    const place = draw * last;
    const below = Math.floor(place);
    const low = values[below] ?? 0;
    return low + ((values[below + 1] ?? low) - low) * (place - below);
  };
};

/** `steps + 1` quantiles of measured values, such that the mean of what is drawn from them is that of the values. */
export const quantilesOf = (values: readonly number[], steps: number): number[] => {
  const sorted = values.toSorted((a, b) => a - b);
  const last = sorted.length - 1;
  return Array.from({ length: steps + 1 }, (_, step) => {
    const place = (step / steps) * last;
    const low = sorted[Math.floor(place)] ?? 0;
    return low + ((sorted[Math.ceil(place)] ?? low) - low) * (place % 1);
  });
};

/** The mean of what `fromQuantiles` draws. */
export const meanOfQuantiles = (quantiles: readonly number[]): number => {
  const pairs = quantiles.slice(1).map((value, index) => (value + (quantiles[index] ?? value)) / 2);
  return sum(pairs) / Math.max(1, pairs.length);
};
