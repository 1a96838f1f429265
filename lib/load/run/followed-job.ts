import type { AnswerOf } from '../../api/route.ts';
import type { Routes } from '../../api/routes.ts';
import { sum } from '../../sum.ts';
import type { JobLine } from '../generator/journal.ts';

/** A job of the run, from what the user meant to send to what became of it. Times are ms since 1970, by the target's clock. */
export type FollowedJob = Pick<JobLine, 'jobId' | 'lane' | 'model' | 'dueAtMs' | 'expects'> & {
  /** Absent: it had not ended when the run was over. */
  end?: JobEnd;
};

/** A job as the API shows it. */
type JobView = AnswerOf<Routes['getJob']>['body'];

export type JobEnd = {
  status: JobView['status'];
  reason?: string;
  acceptedAtMs: number;
  /** Of its first run: a job that goes back to its lane keeps it. Absent: no worker took it. */
  startedAtMs?: number;
  endedAtMs: number;
  costMicroUsd: number;
  answeredBy?: string;
  attempts: { model: string; outcome: string; code?: string; durationMs: number; costMicroUsd: number }[];
  inputTokens: number;
  outputTokens: number;
};

/** What the API says of a job that has ended. */
export const endOf = (view: JobView, endedAt: string): JobEnd => ({
  status: view.status,
  ...(view.reason !== undefined && { reason: view.reason }),
  acceptedAtMs: Date.parse(view.acceptedAt),
  ...(view.startedAt !== undefined && { startedAtMs: Date.parse(view.startedAt) }),
  endedAtMs: Date.parse(endedAt),
  costMicroUsd: view.costMicroUsd,
  ...(view.answer !== undefined && { answeredBy: view.answer.model ?? view.answer.source }),
  attempts: view.attempts.map(({ model, outcome, code, durationMs, costMicroUsd }) => ({
    model,
    outcome,
    ...(code !== undefined && { code }),
    durationMs,
    costMicroUsd,
  })),
  inputTokens: sum(view.attempts.map(({ usage }) => usage?.inputTokens ?? 0)),
  outputTokens: sum(view.attempts.map(({ usage }) => usage?.outputTokens ?? 0)),
});
