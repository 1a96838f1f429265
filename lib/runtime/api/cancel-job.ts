import { type Problem, problem } from '../../api/problem.ts';
import type { AnswerOf } from '../../api/route.ts';
import type { Routes } from '../../api/routes.ts';
import { instantOf } from '../../api/schemas/common.ts';
import type { EndedJob } from '../../pipeline/job/completion-event.ts';
import type { JobRecord } from './job-record.ts';
import { lifeOf } from './job-view.ts';
import type { JobKey } from './jobs-table.ts';
import { noJob } from './no-job.ts';
import type { SubmissionPorts } from './submission.ts';

/** Until a result is written: a call under way is not stopped, since its provider bills it anyway, but nothing follows. */
export const cancelJob = async (
  { jobs, clock, onCanceled }: Pick<SubmissionPorts, 'jobs' | 'clock' | 'onCanceled'>,
  key: JobKey,
): Promise<AnswerOf<Routes['cancelJob']> | Problem> => {
  const { kind, record } = await jobs.cancel(key, clock.now());
  if (record === undefined) return noJob;
  if (kind === 'refused' && record.status !== 'canceled')
    return problem('wrong-state', `The job has ended before: it is ${lifeOf(record, clock.now()).status}.`);
  if (kind === 'applied') await onCanceled(endOf(record, clock.now()));
  return {
    kind: 'answer',
    status: 200,
    body: {
      jobId: record.jobId,
      status: 'canceled',
      effect: effectOn(record),
      costMicroUsd: Math.round(record.costMicroUsd),
      endedAt: instantOf(record.endedAtMs ?? clock.now()),
    },
  };
};

const effectOn = ({ canceledFrom, attempts }: JobRecord) => {
  if (canceledFrom === 'running') return 'while-running';
  return attempts.length === 0 ? 'before-start' : 'between-runs';
};

const endOf = ({ costMicroUsd, endedAtMs, enqueuedAtMs, ...record }: JobRecord, nowMs: number): EndedJob => ({
  tenantId: record.tenantId,
  jobId: record.jobId,
  lane: record.lane,
  model: record.model,
  status: 'canceled',
  reason: 'canceled-by-caller',
  acceptedAtMs: enqueuedAtMs,
  endedAtMs: endedAtMs ?? nowMs,
  costMicroUsd: Math.round(costMicroUsd),
  correlationId: record.correlationId ?? '',
});
