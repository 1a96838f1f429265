import type { LaneName } from './job/lane.ts';

/**
 * What a stage promises. Alarms fire when it is broken, the dashboard draws it as a line, and load runs are judged by it.
 * A percentage is a limit that may be reached and not passed.
 */
export type Objectives = {
  /** Share of jobs of `critical` and `high` that are answered before their deadlines, over a month. */
  deadlinesMet: number;
  /** Of the jobs that ended. */
  failedPercent: number;
  /** Of the answers: those by a lesser model than was asked for. */
  rescuedPercent: number;
  /** Default answers to jobs of `critical` and `high` within five minutes. */
  defaultAnswers: number;
  /** Of the requests of the API: those answered 5xx. Clients repeat what fails, so one of a hundred wakes nobody. */
  apiErrorPercent: number;
  /** What 95 of 100 requests of the API may take, in ms. */
  apiLatencyMs: number;
  /** Messages set aside in a dead-letter queue. */
  deadLetters: number;
  /** Share of its lane's patience that a job may wait before it runs. */
  waitShare: number;
  /**
   * What 99 of 100 jobs of a lane may wait, in seconds, with as many users as the stage is made for: before they run, and
   * between runs. The dashboard sees the first of both.
   */
  usualWaitSeconds: Readonly<Record<LaneName, number>>;
};

/** What a stage promises when its deployer says nothing else. */
export const defaultObjectives: Objectives = {
  deadlinesMet: 0.99,
  failedPercent: 10,
  rescuedPercent: 20,
  defaultAnswers: 4,
  apiErrorPercent: 1,
  apiLatencyMs: 1_000,
  deadLetters: 0,
  waitShare: 0.5,
  usualWaitSeconds: { critical: 5, high: 60, medium: 600, low: 3_600 },
};
