/** Instants, of which the earliest is always at hand. Grows as it must. */
export type TimeHeap = {
  size(): number;
  /** The earliest; Infinity when there is none. */
  earliest(): number;
  push(atMs: number): void;
  /** Takes the earliest away. */
  pop(): void;
};

const FIRST_CAPACITY = 1_024;

/** A binary heap in one typed array: a million places are 8 MB, and nothing is allocated per event. */
export const createTimeHeap = (): TimeHeap => {
  let times = new Float64Array(FIRST_CAPACITY);
  let size = 0;
  return {
    size: () => size,
    earliest: () => (size === 0 ? Infinity : at(times, 0)),
    push: (atMs) => {
      if (size === times.length) times = doubled(times);
      size += 1;
      siftUp(times, size - 1, atMs);
    },
    pop: () => {
      size -= 1;
      if (size > 0) siftDown(times, size, at(times, size));
    },
  };
};

/** Inside of the array by construction: the compiler cannot know. */
const at = (times: Float64Array, index: number): number => times[index] ?? Infinity;

const doubled = (times: Float64Array): Float64Array<ArrayBuffer> => {
  const larger = new Float64Array(times.length * 2);
  larger.set(times);
  return larger;
};

const siftUp = (times: Float64Array, from: number, atMs: number): void => {
  let index = from;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (at(times, parent) <= atMs) break;
    times[index] = at(times, parent);
    index = parent;
  }
  times[index] = atMs;
};

const siftDown = (times: Float64Array, size: number, atMs: number): void => {
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= size) break;
    if (child + 1 < size && at(times, child + 1) < at(times, child)) child += 1;
    if (at(times, child) >= atMs) break;
    times[index] = at(times, child);
    index = child;
  }
  times[index] = atMs;
};
