import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import type { ClaimedJob } from '../pipeline/claim.ts';
import type { Attempt, Ending, Job } from '../pipeline/job.ts';

type Item = Record<string, AttributeValue>;

const claimedRow = z.object({
  status: z.enum(['queued', 'running', 'succeeded', 'failed', 'expired', 'canceled']),
  claimId: z.string(),
  leaseUntilMs: z.number(),
  attempts: z.array(z.unknown()),
});

/** Reads what a claim needs to know from a job's row, and nothing else: the row may hold content. */
export const readClaimedJob = (item: Item): ClaimedJob => {
  const { status, claimId, leaseUntilMs, attempts } = item;
  const row = claimedRow.parse(
    unmarshall({
      ...(status && { status }),
      ...(claimId && { claimId }),
      ...(leaseUntilMs && { leaseUntilMs }),
      ...(attempts && { attempts }),
    }),
  );
  return { ...row, attemptsMade: row.attempts.length };
};

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
