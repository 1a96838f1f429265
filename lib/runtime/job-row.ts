import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { fromBase64 } from '../pipeline/base64.ts';
import type { ClaimedJob, PastCall } from '../pipeline/job/claim.ts';
import type { EndOfRow } from '../pipeline/job/completion-event.ts';
import {
  type Attempt,
  type Ending,
  endedStatuses,
  endReasons,
  jobStatuses,
  type ReceivedJob,
} from '../pipeline/job/job.ts';
import { laneNames } from '../pipeline/job/lane.ts';
import { modelNames, providerNames, serviceTiers } from '../pipeline/model/model.ts';
import { unpricedReasons } from '../pipeline/money/price.ts';
import type { KeptContent } from '../pipeline/ports.ts';

type Item = Record<string, AttributeValue>;

/** The key of a job's row. */
export const keyOfJob = ({ jobId, tenantId }: { jobId: string; tenantId: string }) => ({
  jobId: { S: jobId },
  tenantId: { S: tenantId },
});

/** When a row that is written now may go, in seconds since 1970, as TTL attributes are. */
export const rowExpiry = (nowMs: number, retentionSeconds: number): number =>
  Math.ceil(nowMs / 1000) + retentionSeconds;

/** Values of an update. */
export const rowValues = (values: Record<string, unknown>) =>
  marshall(values, { removeUndefinedValues: true });

/** What accounts need of an attempt. */
export const pastCall = z.object({
  callId: z.string(),
  model: z.enum(modelNames),
  provider: z.enum(providerNames),
  modelId: z.string(),
  startedAtMs: z.number(),
  durationMs: z.number(),
  usage: z.exactOptional(
    z.object({
      inputTokens: z.number(),
      cachedInputTokens: z.number(),
      cacheWriteTokens: z._default(z.number(), 0),
      outputTokens: z.number(),
      reasoningTokens: z.number(),
    }),
  ),
  servedTier: z.exactOptional(z.enum([...serviceTiers, 'unknown'])),
  askedTier: z.exactOptional(z.enum(serviceTiers)),
  costMicroUsd: z.number(),
  unpriced: z.exactOptional(z.enum(unpricedReasons)),
});

/** A job that was canceled before its first claim has no claim on its row. */
const claimedRow = z.object({
  status: z.enum(jobStatuses),
  claimId: z._default(z.string(), ''),
  leaseUntilMs: z._default(z.number(), 0),
  runsCharged: z._default(z.number(), 0),
  deadlineAtMs: z._default(z.number(), 0),
  /** An attempt without an id is of before there were any, and no ledger has it. */
  attempts: z._default(
    z.array(
      z.pipe(
        z.unknown(),
        z.transform((attempt): PastCall | undefined => pastCall.safeParse(attempt).data),
      ),
    ),
    [],
  ),
});

const endedRow = z.object({
  status: z.enum(endedStatuses),
  reason: z.exactOptional(z.enum(endReasons)),
  lane: z.exactOptional(z.enum(laneNames)),
  model: z.exactOptional(z.enum(modelNames)),
  enqueuedAtMs: z.exactOptional(z.number()),
  endedAtMs: z.exactOptional(z.number()),
  costMicroUsd: z.exactOptional(z.number()),
  correlationId: z.exactOptional(z.string()),
});

const columns = new Set([...Object.keys(claimedRow.shape), ...Object.keys(endedRow.shape)]);

/** Reads what a claim needs to know from a job's row, and nothing else: the row may hold content. */
export const readClaimedJob = (item: Item): ClaimedJob => {
  const known = unmarshall(Object.fromEntries([...columns].flatMap((name) => attributeOf(item, name))));
  const row = claimedRow.parse(known);
  const end = endOf(known);
  return { ...row, attempts: row.attempts.flatMap((attempt) => attempt ?? []), ...(end && { end }) };
};

const attributeOf = (item: Item, name: string): [string, AttributeValue][] => {
  const value = item[name];
  return value === undefined ? [] : [[name, value]];
};

const endOf = (known: unknown): EndOfRow | undefined => {
  const { data } = endedRow.safeParse(known);
  if (data === undefined) return undefined;
  const { enqueuedAtMs: acceptedAtMs, ...end } = data;
  return { ...end, ...(acceptedAtMs !== undefined && { acceptedAtMs }) };
};

/** What a job's row says of the job before it has run: everything but its content, unless that is sealed. */
export const describeJob = ({ lane, message, enqueuedAtMs, deadlineAtMs, trace }: ReceivedJob) => ({
  creatorId: message.creatorId,
  subjectRefs: message.subjectRefs,
  lane,
  model: message.model,
  mode: message.mode,
  ...(message.disclosed && { disclosed: message.disclosed }),
  ...(message.consentRef !== undefined && { consentRef: message.consentRef }),
  enqueuedAtMs,
  deadlineAtMs,
  traceId: trace.traceId,
  correlationId: trace.correlationId,
  ...(message.sealedMetadata !== undefined && { sealedMetadata: fromBase64(message.sealedMetadata) }),
});

/** What an ending adds to the row. What anybody has written is on it as it was sealed. */
export const describeEnding = (
  ending: Ending,
  { answer: sealed, message, sealedMetadata, answerKey }: KeptContent,
) => {
  const { status } = ending;
  const noted = sealedMetadata && { sealedMetadata };
  if (ending.status !== 'succeeded')
    return { status, reason: ending.reason, ...(message && { message }), ...noted };
  const { text: _, ...answer } = ending.answer;
  return { status, answer: { ...answer, sealed }, ...(answerKey && { answerKey }), ...noted };
};

/** Bytes of a row: DynamoDB keeps them as they are. */
export const sealedBytes = z.custom<Uint8Array>((given) => given instanceof Uint8Array);

/** The cost of attempts in millionths of a US dollar. */
export const costOfAttempts = (attempts: readonly Attempt[]): number =>
  attempts.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0);
