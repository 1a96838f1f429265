import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Clock } from '../pipeline/ports.ts';

type Event = { atMs: number; order: number; fire(): void };

/** Virtual time: everything that waits, waits here, and the next thing to happen is always the same for the same seed. */
export type Scheduler = {
  clock: Clock;
  sleep(ms: number): Promise<void>;
  /** Lets things happen until `isOver` or until nothing is left to happen. */
  runUntil(isOver: () => boolean): Promise<void>;
  /** Events that have happened so far: the steps of a run. */
  steps(): number;
};

export const createScheduler = (startMs: number): Scheduler => {
  const events = eventHeap();
  let nowMs = startMs;
  let order = 0;
  let steps = 0;
  const at = (ms: number, fire: () => void): Event => {
    order += 1;
    const event = { atMs: nowMs + Math.max(ms, 0), order, fire };
    events.push(event);
    return event;
  };
  const timer: Clock['timer'] = (ms) => {
    const controller = new AbortController();
    const event = at(ms, () => controller.abort());
    return {
      signal: controller.signal,
      cancel: () => {
        event.fire = () => {};
      },
    };
  };
  const runUntil = async (isOver: () => boolean): Promise<void> => {
    await turnOfTheLoop();
    for (let next = events.pop(); next !== undefined && !isOver(); next = events.pop()) {
      nowMs = next.atMs;
      next.fire();
      steps += 1;
      await turnOfTheLoop(); // lets every promise that this has settled run on
    }
  };
  return {
    clock: { now: () => nowMs, timer },
    sleep: (ms) => new Promise((resolve) => at(ms, resolve)),
    runUntil,
    steps: () => steps,
  };
};

/** A binary heap: the earliest event first, and of two at one instant the one that was planned first. */
const eventHeap = () => {
  const heap: Event[] = [];
  const isBefore = (a: Event, b: Event) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  const swap = (i: number, j: number): void => {
    const [a, b] = [heap[i], heap[j]];
    if (a === undefined || b === undefined) return;
    heap[i] = b;
    heap[j] = a;
  };
  const earlier = (i: number, j: number): number => {
    const [a, b] = [heap[i], heap[j]];
    return a !== undefined && b !== undefined && isBefore(b, a) ? j : i;
  };
  const rise = (from: number): void => {
    for (let i = from; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (earlier(parent, i) === parent) return;
      swap(parent, i);
      i = parent;
    }
  };
  const sink = (): void => {
    for (let i = 0; ; ) {
      const least = earlier(earlier(i, 2 * i + 1), 2 * i + 2);
      if (least === i) return;
      swap(i, least);
      i = least;
    }
  };
  return {
    push: (event: Event): void => {
      heap.push(event);
      rise(heap.length - 1);
    },
    pop: (): Event | undefined => {
      swap(0, heap.length - 1);
      const first = heap.pop();
      sink();
      return first;
    },
  };
};
