import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import type { ClaimedJob } from '../pipeline/job/claim.ts';
import { type Attempt, type Ending, type Job, jobStatuses } from '../pipeline/job/job.ts';

type Item = Record<string, AttributeValue>;

/** A job that was canceled before its first claim has no claim on its row. */
const claimedRow = z.object({
  status: z.enum(jobStatuses),
  claimId: z._default(z.string(), ''),
  leaseUntilMs: z._default(z.number(), 0),
  runsCharged: z._default(z.number(), 0),
});

/** Reads what a claim needs to know from a job's row, and nothing else: the row may hold content. */
export const readClaimedJob = ({ status, claimId, leaseUntilMs, runsCharged }: Item): ClaimedJob =>
  claimedRow.parse(
    unmarshall({
      ...(status && { status }),
      ...(claimId && { claimId }),
      ...(leaseUntilMs && { leaseUntilMs }),
      ...(runsCharged && { runsCharged }),
    }),
  );

/** What a job's row says of the job before it has run: everything but its content. */
export const describeJob = ({ lane, message, enqueuedAtMs, deadlineAtMs, trace }: Job) => ({
  creatorId: message.creatorId,
  subjectRefs: message.subjectRefs,
  lane,
  model: message.model,
  mode: message.mode,
  enqueuedAtMs,
  deadlineAtMs,
  traceId: trace.traceId,
  correlationId: trace.correlationId,
  ...(message.metadata && { metadata: message.metadata }),
});

/** What an ending adds to the row. */
export const describeEnding = (ending: Ending) =>
  ending.status === 'succeeded'
    ? { status: ending.status, answer: ending.answer }
    : { status: ending.status, reason: ending.reason };

/** The cost of attempts in millionths of a US dollar. */
export const costOfAttempts = (attempts: readonly Attempt[]): number =>
  attempts.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0);
