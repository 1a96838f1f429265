import { routes } from '../../api/routes.ts';
import { instantOf } from '../../api/schemas/common.ts';
import type { JobView, ListedJob } from '../../api/schemas/job.ts';
import { isEnded } from '../../pipeline/job/job.ts';
import type { OpenedContent } from '../open-record.ts';
import type { JobRecord } from './job-record.ts';

/** What a list shows of a job, as it is at `nowMs`. */
export const listedJobOf = (record: JobRecord, nowMs: number): ListedJob => {
  const { status, reason, endedAtMs } = lifeOf(record, nowMs);
  return {
    jobId: record.jobId,
    status,
    ...(reason && { reason }),
    lane: record.lane,
    model: record.model,
    creatorId: record.creatorId,
    acceptedAt: instantOf(record.enqueuedAtMs),
    deadlineAt: instantOf(record.deadlineAtMs),
    ...(endedAtMs !== undefined && { endedAt: instantOf(endedAtMs) }),
    costMicroUsd: Math.round(record.costMicroUsd),
    ...(record.correlationId !== undefined && { correlationId: record.correlationId }),
    links: linksOf(record, status),
  };
};

/** Everything that the API says of a job, with what can be read of its content. */
export const jobViewOf = (
  record: JobRecord,
  { answerText, metadata }: OpenedContent,
  nowMs: number,
): JobView => ({
  ...listedJobOf(record, nowMs),
  mode: record.mode,
  subjectRefs: record.subjectRefs,
  ...(metadata && { metadata }),
  ...(record.startedAtMs !== undefined && { startedAt: instantOf(record.startedAtMs) }),
  ...(record.answer && answerText !== undefined && { answer: answerOf(record.answer, answerText) }),
  attempts: record.attempts.map(attemptOf),
  skips: record.skips.map(({ atMs, ...skip }) => ({ ...skip, at: instantOf(atMs) })),
  ...(record.traceId !== undefined && { traceId: record.traceId }),
});

type Life = Pick<JobRecord, 'status' | 'reason' | 'endedAtMs'>;

/** A job that nobody has taken by its deadline will not be run: whichever worker finds its message expires it. */
export const lifeOf = (record: JobRecord, nowMs: number): Life =>
  record.status === 'queued' && record.deadlineAtMs <= nowMs
    ? { status: 'expired', reason: 'deadline-passed', endedAtMs: record.deadlineAtMs }
    : record;

const linksOf = ({ jobId }: JobRecord, status: JobRecord['status']): ListedJob['links'] => {
  const self = routes.getJob.path.replace('{jobId}', encodeURIComponent(jobId));
  return {
    self,
    ...(!isEnded(status) && { cancel: self }),
    ...((status === 'failed' || status === 'expired') && { retry: `${self}/retry` }),
  };
};

const answerOf = (
  { generatedAtMs, sealed: _, ...answer }: NonNullable<JobRecord['answer']>,
  text: string,
) => ({
  ...answer,
  text,
  ...(generatedAtMs !== undefined && { generatedAt: instantOf(generatedAtMs) }),
});

const attemptOf = ({ callId, startedAtMs, askedTier, unpriced, ...call }: JobRecord['attempts'][number]) => ({
  ...call,
  durationMs: Math.round(call.durationMs),
  costMicroUsd: Math.round(call.costMicroUsd),
  startedAt: instantOf(startedAtMs),
  ...(unpriced && { estimatedBecause: unpriced }),
});
