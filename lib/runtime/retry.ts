import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../pipeline/backoff.ts';

const BACKOFF = { baseMs: 25, ceilingMs: 500 };

/** Refusals that pass, by the name of the error. The SDK marks most others itself. */
const PASSING = new Set([
  'InternalServerError',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ServiceUnavailable',
  'ThrottlingException',
  'TimeoutError',
]);

const BROKEN_CONNECTION = new Set(['EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

const isPassing = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  if (PASSING.has(error.name)) return true;
  if ('code' in error && typeof error.code === 'string' && BROKEN_CONNECTION.has(error.code)) return true;
  return (
    ('$fault' in error && error.$fault === 'server') || ('$retryable' in error && Boolean(error.$retryable))
  );
};

/** Repeats a call that is safe to repeat, with full jitter, until `forMs` have passed. */
export const withRetries = async <Result>(forMs: number, call: () => Promise<Result>): Promise<Result> => {
  const untilMs = performance.now() + forMs;
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      const pauseMs = backoffMs(tries, BACKOFF, Math.random);
      if (!isPassing(error) || performance.now() + pauseMs >= untilMs) throw error;
      await sleep(pauseMs);
    }
  }
};
