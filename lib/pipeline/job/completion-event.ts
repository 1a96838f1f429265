import * as z from 'zod/mini';
import { type ModelName, modelNames } from '../model/model.ts';
import { utcInstant } from '../utc.ts';
import { type EndedStatus, type EndReason, endedStatuses, endReasons, type ReceivedJob } from './job.ts';
import { type LaneName, laneNames } from './lane.ts';

/** A job that has ended, as far as others are told of it: nothing that anybody has written, and nobody's name. */
export type EndedJob = {
  tenantId: string;
  jobId: string;
  lane: LaneName;
  model: ModelName;
  status: EndedStatus;
  reason?: EndReason;
  acceptedAtMs: number;
  endedAtMs: number;
  /** All calls of all runs. */
  costMicroUsd: number;
  correlationId: string;
};

/** What a job's row says of its end. A row that was canceled before its first claim may say little. */
export type EndOfRow = Pick<EndedJob, 'status'> & Partial<Omit<EndedJob, 'tenantId' | 'jobId' | 'status'>>;

/**
 * The news that a job has ended: the body of a message of the results topic, and of a webhook. Whoever reads it passes
 * over fields that a newer Relay has added.
 */
export const completionEvent = z.object({
  type: z.literal('job.ended'),
  /** The same for the same ending of the same job, however often it is told. */
  eventId: z.string().check(z.minLength(1), z.maxLength(64)),
  jobId: z.string(),
  tenantId: z.string(),
  lane: z.enum(laneNames),
  model: z.enum(modelNames),
  status: z.enum(endedStatuses),
  reason: z.exactOptional(z.enum(endReasons)),
  acceptedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  costMicroUsd: z.int().check(z.minimum(0)),
  correlationId: z.string(),
});

export type CompletionEvent = z.infer<typeof completionEvent>;

/** `hashOf` makes the id, of letters, digits, `-` and `_`, 64 at most. Told twice, it is the same to the byte. */
export const completionEventOf = (end: EndedJob, hashOf: (text: string) => string): CompletionEvent => {
  const { tenantId, jobId, lane, model, status, reason, costMicroUsd, correlationId } = end;
  return {
    type: 'job.ended',
    eventId: hashOf(JSON.stringify([tenantId, jobId, status, end.endedAtMs])),
    jobId,
    tenantId,
    lane,
    model,
    status,
    ...(reason !== undefined && { reason }),
    acceptedAt: utcInstant(end.acceptedAtMs),
    endedAt: utcInstant(end.endedAtMs),
    costMicroUsd,
    correlationId,
  };
};

/** A job that was found to have ended. Its row is right where it differs from the message: that may have been sent again. */
export const endedBefore = (job: ReceivedJob, end: EndOfRow): EndedJob => ({
  ...endingOf(job),
  endedAtMs: job.enqueuedAtMs,
  costMicroUsd: 0,
  ...end,
});

/** What the message of a job says that will be said of its end. */
export const endingOf = ({ jobId, lane, message, enqueuedAtMs, trace }: ReceivedJob) => ({
  tenantId: message.tenantId,
  jobId,
  lane,
  model: message.model,
  acceptedAtMs: enqueuedAtMs,
  correlationId: trace.correlationId,
});
