import type { Random } from '../../seeded-random.ts';
import { sum } from '../../sum.ts';

/** Messages in the order in which they are sent. `next` moves on; nothing is allocated per message. */
export type Arrivals = {
  /** False when no message is left. */
  next(): boolean;
  /** Of the present message: when it was sent, and of which kind its job is (an index into the durations). */
  atMs(): number;
  kind(): number;
};

/** A kind of job, and its weight among the others. */
export type Weights = readonly number[];

/** Independent producers: gaps are exponential. Ends after `forMs`. */
export const poissonArrivals = (
  random: Random,
  { perSecond, weights, forMs }: { perSecond: number; weights: Weights; forMs: number },
): Arrivals => {
  const meanGapMs = 1_000 / perSecond;
  const drawKind = kindDrawer(random, weights);
  let atMs = 0;
  let kind = 0;
  return {
    next: () => {
      atMs -= Math.log(1 - random.next()) * meanGapMs;
      kind = drawKind();
      return atMs < forMs;
    },
    atMs: () => atMs,
    kind: () => kind,
  };
};

const kindDrawer = (random: Random, weights: Weights): (() => number) => {
  if (weights.length === 1) return () => 0;
  const total = sum(weights);
  let upTo = 0;
  const bounds = weights.map((weight) => {
    upTo += weight / total;
    return upTo;
  });
  return () => {
    const draw = random.next();
    const kind = bounds.findIndex((bound) => draw < bound);
    return kind === -1 ? bounds.length - 1 : kind;
  };
};

/** Messages that were sent, in order. */
export const recordedArrivals = (sent: readonly { atMs: number; kind: number }[]): Arrivals => {
  let index = -1;
  return {
    next: () => {
      index += 1;
      return index < sent.length;
    },
    atMs: () => sent[index]?.atMs ?? Infinity,
    kind: () => sent[index]?.kind ?? 0,
  };
};
