import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { backoffMs } from '../pipeline/backoff.ts';

const BACKOFF = { baseMs: 25, ceilingMs: 500 };

/** Refusals that pass, by the name of the error. The SDK marks most others itself. */
const PASSING = new Set([
  'AbortError',
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
  if ('$retryable' in error && error.$retryable) return true;
  return ('$fault' in error && error.$fault === 'server') || statusOf(error) >= 500;
};

/** A load balancer's own page in place of a reply is an error of parsing to the SDK; only its status tells. */
const httpReply = z.object({
  $metadata: z.optional(z.object({ httpStatusCode: z.optional(z.number()) })),
  $response: z.optional(z.object({ statusCode: z.optional(z.number()) })),
});

const statusOf = (error: Error): number => {
  const { data } = httpReply.safeParse(error);
  return data?.$metadata?.httpStatusCode ?? data?.$response?.statusCode ?? 0;
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
