import type { Random } from '../seeded-random.ts';
import type { Scheduler } from './scheduler.ts';

/** How the way to the store fails. Shares are of all requests. */
export type StoreFaults = {
  /** Refused before anything was done. */
  throttledShare: number;
  /** Done, but the reply is lost. */
  lostReplyShare: number;
  /** The longest that one way takes, in ms. */
  slowestMs: number;
  /** A time in which no request gets through. */
  outages: readonly { fromMs: number; untilMs: number }[];
};

/** A worker's process: what it has begun goes on when it dies, but it hears of nothing any more. */
export type Process = { isAlive(): boolean; onRequest(): void };

/** Stands for the errors of a store that pass. */
class StoreError extends Error {
  override name = 'StoreError';
}

/** How long a request is repeated, unless it says otherwise, and the longest pause between two tries. In ms. */
const REPEAT_MS = 1_000;
const PAUSE_MS = 100;

/** Carries requests of a process to a store and back, in virtual time, and repeats them a little as the adapters do. */
export const simulatedNetwork = (scheduler: Scheduler, random: Random, faults: StoreFaults) => {
  const { clock, sleep } = scheduler;
  const oneWay = () => sleep(1 + random.next() * faults.slowestMs);
  const isDown = () => faults.outages.some((it) => it.fromMs <= clock.now() && clock.now() < it.untilMs);

  const once = async <Result>(request: () => Promise<Result>): Promise<Result> => {
    await oneWay();
    if (isDown() || random.chance(faults.throttledShare)) throw new StoreError('refused');
    const result = await request();
    await oneWay();
    if (random.chance(faults.lostReplyShare)) throw new StoreError('lost');
    return result;
  };
  const repeated = async <Result>(
    process: Process,
    request: () => Promise<Result>,
    forMs: number,
  ): Promise<Result> => {
    const untilMs = clock.now() + forMs;
    for (;;) {
      try {
        return await once(request);
      } catch (error) {
        const pauseMs = random.next() * PAUSE_MS;
        if (!(error instanceof StoreError) || clock.now() + pauseMs >= untilMs || !process.isAlive())
          throw error;
        await sleep(pauseMs);
      }
    }
  };
  return async <Result>(
    process: Process,
    request: () => Promise<Result>,
    forMs = REPEAT_MS,
  ): Promise<Result> => {
    process.onRequest();
    if (!process.isAlive()) return never();
    try {
      const result = await repeated(process, request, forMs);
      return process.isAlive() ? result : never();
    } catch (error) {
      if (!process.isAlive()) return never();
      throw error;
    }
  };
};

/** What a dead process hears. */
export const never = <Result>(): Promise<Result> => new Promise(() => {});
