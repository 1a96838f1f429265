import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../pipeline/backoff.ts';

const TRIES = 3;
const BACKOFF = { baseMs: 25, ceilingMs: 400 };

/** Errors that AWS SDK v3 marks as worth another try; a failed condition is an answer and not such an error. */
const isRetryable = (error: unknown): boolean =>
  error instanceof Error &&
  (('$retryable' in error && error.$retryable !== undefined) ||
    ('$fault' in error && error.$fault === 'server') ||
    ['TimeoutError', 'ECONNRESET', 'ECONNREFUSED'].includes(error.name));

/** Repeats a call that is safe to repeat, up to three times, with full jitter. The SDK's own retries are switched off. */
export const withRetries = async <Result>(call: () => Promise<Result>, tried = 1): Promise<Result> => {
  try {
    return await call();
  } catch (error) {
    if (tried >= TRIES || !isRetryable(error)) throw error;
    await sleep(backoffMs(tried, BACKOFF, Math.random));
    return withRetries(call, tried + 1);
  }
};
