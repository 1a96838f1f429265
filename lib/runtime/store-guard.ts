import type { Clock, JobStore } from '../pipeline/ports.ts';

/** Claims that fail in a row before the database counts as down. */
const MAX_FAILURES = 5;

/** How long the database is left alone then, in ms. */
const RECOVERY_MS = 30_000;

/** No claim was tried, because the last ones all failed. */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable';
  /** When a claim is worth trying again, in ms from now. */
  readonly retryInMs: number;

  constructor(retryInMs: number) {
    super('the database has failed several claims in a row and is left alone for a while');
    this.retryInMs = retryInMs;
  }
}

/**
 * The circuit of the database itself: one per execution environment, because there is no place to share it in while the
 * database is down. Only claims are held back: a result is paid for, so its write is always tried.
 */
export const guarded = (store: JobStore, clock: Pick<Clock, 'now'>): JobStore => {
  let failures = 0;
  let retryAtMs = 0;
  /** One claim goes through when the time has come, and the others wait for what it finds. */
  const admit = (nowMs: number) => {
    if (failures < MAX_FAILURES) return;
    if (nowMs < retryAtMs) throw new DatabaseUnavailable(retryAtMs - nowMs);
    retryAtMs = nowMs + RECOVERY_MS;
  };
  const failed = (error: unknown) => {
    failures = isAnswer(error) ? 0 : failures + 1;
    if (failures === MAX_FAILURES) retryAtMs = clock.now() + RECOVERY_MS;
  };
  const claim: JobStore['claim'] = async (request) => {
    admit(clock.now());
    try {
      const decided = await store.claim(request);
      failures = 0;
      return decided;
    } catch (error) {
      failed(error);
      throw error;
    }
  };
  return { ...store, claim };
};

/** A database that objects to one job's row is there for the others. */
const isAnswer = (error: unknown): boolean => error instanceof Error && error.name === 'ValidationException';
