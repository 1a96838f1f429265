import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../pipeline/backoff.ts';

const BACKOFF = { baseMs: 25, ceilingMs: 500 };

/** Refusals that pass, by the name of the error. The SDK marks most others itself. */
const PASSING = new Set([
  'AbortError',
  'InternalServerError',
  'KmsThrottled',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'ServiceUnavailable',
  'Throttled',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TimeoutError',
]);

const BROKEN_CONNECTION = new Set(['EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

/** Whether the same call may well succeed a moment later. */
export const isPassing = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  if (PASSING.has(error.name)) return true;
  if ('code' in error && typeof error.code === 'string' && BROKEN_CONNECTION.has(error.code)) return true;
  if ('$retryable' in error && error.$retryable) return true;
  return ('$fault' in error && error.$fault === 'server') || statusOf(error) >= 500;
};

/** A load balancer's own page in place of a reply is an error of parsing to the SDK; only its status tells. */
const statusOf = (error: Error): number =>
  numberIn(error, '$metadata', 'httpStatusCode') ?? numberIn(error, '$response', 'statusCode') ?? 0;

const numberIn = (error: Error, part: string, name: string): number | undefined => {
  const value = propertyOf(propertyOf(error, part), name);
  return typeof value === 'number' ? value : undefined;
};

/** The SDK hides `$response` from enumeration. */
const propertyOf = (owner: unknown, name: string): unknown =>
  typeof owner === 'object' && owner !== null
    ? Object.getOwnPropertyDescriptor(owner, name)?.value
    : undefined;

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
