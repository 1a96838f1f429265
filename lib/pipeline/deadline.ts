/** What bounds an attempt. All durations in ms, all instants in ms since 1970. */
export type AttemptBounds = {
  nowMs: number;
  deadlineAtMs: number;
  /** The timeout of the model for this request, or the request's own. */
  timeoutMs: number;
  /** What must be left of the job's time for the rungs after this one. */
  laterRungsMs: number;
  /** What Lambda has left for this invocation. */
  remainingMs: number;
  /** What must be left of Lambda's time to write the result. */
  reserveMs: number;
};

export type AttemptBudget =
  | { kind: 'start'; timeoutMs: number }
  | { kind: 'deadline-passed' } // the job is no longer worth doing
  | { kind: 'no-room' }; // this invocation is too far gone: another one may do it

/** An answer in less than this is not to be hoped for, so an attempt with less time is not started. In ms. */
export const LEAST_ATTEMPT_MS = 1_000;

/**
 * How long the next attempt may take. The job's deadline shortens an attempt; Lambda's does not: an attempt that
 * Lambda's remaining time cannot hold whole is left to a fresh invocation instead of being cut off half-way.
 */
export const attemptBudget = (bounds: AttemptBounds): AttemptBudget => {
  const untilDeadlineMs = bounds.deadlineAtMs - bounds.nowMs;
  const least = Math.min(LEAST_ATTEMPT_MS, bounds.timeoutMs);
  if (untilDeadlineMs < least) return { kind: 'deadline-passed' };
  const shareMs = Math.max(untilDeadlineMs - bounds.laterRungsMs, least);
  const timeoutMs = Math.min(bounds.timeoutMs, shareMs);
  if (timeoutMs > bounds.remainingMs - bounds.reserveMs) return { kind: 'no-room' };
  return { kind: 'start', timeoutMs };
};
