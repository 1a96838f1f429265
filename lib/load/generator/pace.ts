import { setTimeout as sleep } from 'node:timers/promises';

/** Something that is to be done: the how many-th, and when. */
type Due = { number: number; dueAtMs: number };

/** When things are due, from start to start: what takes long does not move what comes after it. */
export async function* pace(startMs: number, everyMs: number, untilMs: number): AsyncGenerator<Due> {
  for (let number = 0; startMs + number * everyMs < untilMs; number += 1) {
    const dueAtMs = startMs + number * everyMs;
    await sleep(Math.max(0, dueAtMs - Date.now()));
    yield { number, dueAtMs };
  }
}

/** One after the other, again and again. */
export function* inTurn<Item>(items: readonly [Item, ...Item[]]): Generator<Item, never> {
  for (;;) yield* items;
}
