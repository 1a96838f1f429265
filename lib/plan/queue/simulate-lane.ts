import type { LaneConfig } from '../../config.ts';
import type { Random } from '../../seeded-random.ts';
import type { Arrivals } from './arrivals.ts';
import type { Durations } from './durations.ts';
import { createTimeHeap } from './time-heap.ts';
import { createWaitHistogram, type WaitHistogram } from './wait-histogram.ts';

/** Invocations that a mapping may have running: so many at once, and so many more in every minute, up to `most`. */
export type Growth = { most: number; atOnce: number; perMinute: number };

/** The mapping has had time to grow. */
export const grown = (most: number): Growth => ({ most, atOnce: most, perMinute: 0 });

export type LaneModel = Pick<LaneConfig, 'batchSize' | 'parallelism' | 'batchingWindowSeconds'> & {
  growth: Growth;
  /** From claim to end, by kind of job. */
  service: readonly Durations[];
  /** From a place and a message both being there to the first claim. */
  before: Durations;
  /** From a job's end to the start of the next one in its batch. */
  between: Durations;
  /** From the end of a batch's last job to the place being free. */
  after: Durations;
};

export type LaneRun = {
  /** From sending to claim. */
  waits: WaitHistogram;
  jobs: number;
  batches: number;
  /** From the first message to the end of the last batch. */
  spanMs: number;
  /** Summed over batches: what Lambda bills. */
  invocationMs: number;
  mostInvocations: number;
  mostInFlight: number;
};

/** Messages that were sent while the run warmed up are worked off, and their waits not counted. */
export type RunOptions = { arrivals: Arrivals; random: Random; warmUpMs?: number; waits?: WaitHistogram };

/**
 * A lane as a queue with many servers: each invocation takes a batch in the order of sending and works on some of its
 * jobs at a time. Messages are drawn as they are taken, so a backlog costs no memory, and a batch two heap operations.
 */
export const simulateLane = (
  lane: LaneModel,
  { arrivals, random, warmUpMs = 0, waits = createWaitHistogram() }: RunOptions,
): LaneRun => {
  const busy = createTimeHeap();
  const batch = createBatch(lane, random);
  const run = emptyRun(waits);
  let inFlight = 0;
  let firstMs: number | undefined;
  let openMs = 0;
  let isLeft = arrivals.next();
  while (isLeft) {
    firstMs ??= arrivals.atMs();
    // never before the batch that was sent earlier: places that end at the same instant are free from then on, not before
    openMs = placeAt(busy, lane.growth, Math.max(openMs, arrivals.atMs()));
    const closeMs = openMs + lane.batchingWindowSeconds * 1_000;
    batch.open();
    while (isLeft && batch.size() < lane.batchSize && arrivals.atMs() <= Math.max(closeMs, openMs)) {
      batch.take(arrivals.atMs(), arrivals.kind());
      isLeft = arrivals.next();
    }
    const isFull = batch.size() === lane.batchSize;
    const startMs = isFull ? Math.max(openMs, batch.lastSentMs()) : closeMs;
    const endMs = batch.work(startMs, (sentMs, claimMs) => {
      if (sentMs >= warmUpMs) run.waits.add(claimMs - sentMs);
    });
    busy.push(endMs);
    run.jobs += batch.size();
    run.batches += 1;
    run.invocationMs += endMs - startMs;
    run.spanMs = Math.max(run.spanMs, endMs - firstMs);
    run.mostInvocations = Math.max(run.mostInvocations, busy.size());
    inFlight = Math.max(inFlight, busy.size() * (run.jobs / run.batches));
  }
  return { ...run, mostInFlight: Math.ceil(inFlight) };
};

const emptyRun = (waits: WaitHistogram): LaneRun => ({
  waits,
  jobs: 0,
  batches: 0,
  spanMs: 0,
  invocationMs: 0,
  mostInvocations: 0,
  mostInFlight: 0,
});

/** When, from `fromMs` on, an invocation may start; those that have ended by then are forgotten. */
const placeAt = (busy: ReturnType<typeof createTimeHeap>, growth: Growth, fromMs: number): number => {
  let atMs = fromMs;
  for (;;) {
    while (busy.earliest() <= atMs) busy.pop();
    if (busy.size() < placesAt(growth, atMs)) return atMs;
    atMs = Math.min(busy.earliest(), grownAt(growth, busy.size() + 1));
  }
};

const placesAt = ({ most, atOnce, perMinute }: Growth, atMs: number): number =>
  Math.min(most, Math.floor(atOnce + (perMinute * atMs) / 60_000 + 1e-9));

/** When there are that many places. */
const grownAt = ({ most, atOnce, perMinute }: Growth, places: number): number =>
  places > most || perMinute === 0 ? Infinity : ((places - atOnce) / perMinute) * 60_000;

/** The batch that is being filled; the same arrays serve every batch. */
const createBatch = (lane: LaneModel, random: Random) => {
  const sentMs = new Float64Array(lane.batchSize);
  const kinds = new Int32Array(lane.batchSize);
  const slots = new Float64Array(lane.parallelism);
  let size = 0;
  return {
    open: () => {
      size = 0;
    },
    size: () => size,
    lastSentMs: () => sentMs[size - 1] ?? 0,
    take: (atMs: number, kind: number) => {
      sentMs[size] = atMs;
      kinds[size] = kind;
      size += 1;
    },
    /** Jobs start in order, each in the slot that is free first. When the place is free again. */
    work: (startMs: number, onClaim: (sentMs: number, claimMs: number) => void): number => {
      slots.fill(startMs + lane.before(random.next()));
      let endMs = startMs;
      for (let index = 0; index < size; index += 1) {
        const slot = earliestOf(slots);
        const claimMs = (slots[slot] ?? 0) + (index < lane.parallelism ? 0 : lane.between(random.next()));
        onClaim(sentMs[index] ?? 0, claimMs);
        const doneMs = claimMs + (lane.service[kinds[index] ?? 0]?.(random.next()) ?? 0);
        slots[slot] = doneMs;
        endMs = Math.max(endMs, doneMs);
      }
      return endMs + lane.after(random.next());
    },
  };
};

const earliestOf = (slots: Float64Array): number => {
  let earliest = 0;
  for (let slot = 1; slot < slots.length; slot += 1)
    if ((slots[slot] ?? 0) < (slots[earliest] ?? 0)) earliest = slot;
  return earliest;
};
