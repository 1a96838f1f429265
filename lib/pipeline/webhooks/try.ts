/** What came of one try to deliver a webhook. A reason is a word of ours. */
export type TryResult =
  | { kind: 'delivered' }
  /** The endpoint wants no more of them. */
  | { kind: 'gone' }
  | { kind: 'failed'; reason: string; retryAfterMs?: number }
  /** Nobody was called: the URL, or an address of its host, is none that may be called. */
  | { kind: 'refused'; reason: 'url-not-allowed' | 'address-not-public' };

/** What a reply means. A redirect is not followed: nobody has vouched for where it leads. */
export const resultOfReply = (status: number, retryAfterMs: number | undefined): TryResult => {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  if (status === 410) return { kind: 'gone' };
  if (status >= 300 && status < 400) return { kind: 'failed', reason: 'redirected' };
  const asksToWait = status === 429 || status === 503;
  return {
    kind: 'failed',
    reason: `status-${status}`,
    ...(asksToWait && retryAfterMs !== undefined && { retryAfterMs }),
  };
};

/** What is known when a try has failed. */
export type FailedTry = {
  /** Receives of the message, this one included. Invocations that never came to a try count as well. */
  receives: number;
  /** Since the event was published. */
  ageMs: number;
  /** How long the endpoint asked to be left alone. */
  retryAfterMs: number;
  random: () => number;
};

export type Retry = { kind: 'again'; delayMs: number } | { kind: 'given-up' };

/** Events that failed together come back a little apart. */
const JITTER = 0.1;

/**
 * When to try again: after each wait in turn. An endpoint may ask for longer ones, up to the longest. It is given up
 * when all waits are used up and as much time has passed: receives alone may be AWS's doing.
 */
export const afterFailedTry = (
  waitsMs: readonly number[],
  { receives, ageMs, retryAfterMs, random }: FailedTry,
): Retry => {
  const allMs = waitsMs.reduce((sum, ms) => sum + ms, 0);
  if (receives > waitsMs.length && ageMs >= allMs) return { kind: 'given-up' };
  const waitMs = waitsMs[Math.min(receives, waitsMs.length) - 1] ?? 0;
  const askedMs = Math.min(retryAfterMs, Math.max(...waitsMs));
  return { kind: 'again', delayMs: Math.max(waitMs * (1 + JITTER * random()), askedMs) };
};
