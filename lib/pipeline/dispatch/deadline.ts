/** What bounds a run down the chain. All durations in ms, all instants in ms since 1970. */
export type RunBounds = {
  nowMs: number;
  deadlineAtMs: number;
  /** The timeout of the first rung. */
  firstRungMs: number;
  /** What must be left for the rungs after it. */
  laterRungsMs: number;
  /** What Lambda has left for this invocation. */
  remainingMs: number;
  /** What must be left of Lambda's time to write the result. */
  reserveMs: number;
};

export type RunBudget =
  | { kind: 'start'; endAtMs: number }
  | { kind: 'deadline-passed' }
  | { kind: 'no-room' }; // this invocation is too far gone: another one may do it

/** An answer in less than this is not to be hoped for, so a call with less time is not started. In ms. */
export const LEAST_ATTEMPT_MS = 1_000;

/** Waits are counted in whole seconds by SQS, and a message takes a moment to arrive: what a job needs to be run again. In ms. */
export const LEAST_RERUN_MS = 3_000;

/** What a rung keeps back for each model after it, in ms: one that answers at all mostly does so within it. */
export const RESCUE_MS = 5_000;

/**
 * When a run must end. The job's deadline shortens a run; Lambda's end does not: a run that it would cut short is left
 * to a fresh invocation.
 */
export const runBudget = (bounds: RunBounds): RunBudget => {
  const untilDeadlineMs = bounds.deadlineAtMs - bounds.nowMs;
  if (untilDeadlineMs <= 0) return { kind: 'deadline-passed' };
  const untilLambdaEndsMs = bounds.remainingMs - bounds.reserveMs;
  if (Math.min(bounds.firstRungMs + bounds.laterRungsMs, untilDeadlineMs) > untilLambdaEndsMs)
    return { kind: 'no-room' };
  return { kind: 'start', endAtMs: bounds.nowMs + Math.min(untilDeadlineMs, untilLambdaEndsMs) };
};

export type RungBounds = { nowMs: number; endAtMs: number; timeoutMs: number; laterRungsMs: number };

/**
 * How long a rung may take, in ms: its timeout, less what keeps the rungs after it within reach. When little is left
 * of the run, a rung takes half of it and leaves half.
 */
export const rungBudgetMs = ({ nowMs, endAtMs, timeoutMs, laterRungsMs }: RungBounds): number => {
  const leftMs = Math.max(endAtMs - nowMs, 0);
  return Math.min(timeoutMs, leftMs - Math.min(laterRungsMs, leftMs / 2));
};
