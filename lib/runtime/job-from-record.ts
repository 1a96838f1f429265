import type { SQSRecord } from 'aws-lambda';
import type { ReceivedJob } from '../pipeline/job/job.ts';
import { MAX_PATIENCE_MS, type Rejection } from '../pipeline/job/job-message.ts';
import type { LaneName } from '../pipeline/job/lane.ts';
import { parseLaneMessage } from '../pipeline/job/sealed-message.ts';
import { jobIdNamedBy } from './job-id.ts';
import { traceOf } from './trace.ts';

type LaneRules = { lane: LaneName; patienceMs: number };

export type ReadRecord = { kind: 'job'; job: ReceivedJob } | { kind: 'rejected'; rejection: Rejection };

/** Reads one SQS record as a job of the lane that it was found in. */
export const jobFromRecord = (record: SQSRecord, { lane, patienceMs }: LaneRules): ReadRecord => {
  const parsed = parseLaneMessage(record.body);
  if (parsed.kind === 'rejected') return parsed;
  const { message } = parsed;
  const enqueuedAtMs = Number(record.attributes.SentTimestamp);
  const deadlineAtMs = message.deadlineAt
    ? Math.min(Date.parse(message.deadlineAt), enqueuedAtMs + MAX_PATIENCE_MS)
    : enqueuedAtMs + patienceMs;
  const jobId = jobIdNamedBy(message) ?? record.messageId;
  return { kind: 'job', job: { jobId, lane, message, enqueuedAtMs, deadlineAtMs, trace: traceOf(record) } };
};
