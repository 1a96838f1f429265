/** Draws that depend on nothing but the seed. Not for secrets. */
export type Random = {
  /** From 0 up to, and without, 1. */
  next(): number;
  /** A whole number between the two, both included. */
  between(lowest: number, highest: number): number;
  pick<T>(choices: readonly [T, ...T[]]): T;
  chance(probability: number): boolean;
  hex(digits: number): string;
};

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state are plenty for a few thousand draws. */
export const seededRandom = (seed: number): Random => {
  const next = mulberry32(seed);
  const between = (lowest: number, highest: number) => lowest + Math.floor(next() * (highest - lowest + 1));
  return {
    next,
    between,
    pick: (choices) => choices[between(0, choices.length - 1)] ?? choices[0],
    chance: (probability) => next() < probability,
    hex: (digits) => Array.from({ length: digits }, () => between(0, 15).toString(16)).join(''),
  };
};

const mulberry32 = (seed: number) => {
  let state = seed | 0;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};
