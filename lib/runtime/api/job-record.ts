import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { attemptOutcomes, endReasons, jobStatuses, skipReasons } from '../../pipeline/job/job.ts';
import { laneNames } from '../../pipeline/job/lane.ts';
import { modelNames, providerNames } from '../../pipeline/model/model.ts';
import { pastCall, sealedBytes } from '../job-row.ts';

/** A job's row as the API reads it. Times are ms since 1970. What the API does not know of is left out. */
export const jobRecord = z.object({
  jobId: z.string(),
  tenantId: z.string(),
  status: z.enum(jobStatuses),
  reason: z.exactOptional(z.enum(endReasons)),
  lane: z.enum(laneNames),
  model: z.enum(modelNames),
  mode: z._default(z.enum(['draft', 'auto']), 'draft'),
  consentRef: z.exactOptional(z.string()),
  creatorId: z.string(),
  subjectRefs: z._default(z.array(z.string()), []),
  sealedMetadata: z.exactOptional(sealedBytes),
  /** Of rows that were written before it was sealed. */
  metadata: z.exactOptional(z.record(z.string(), z.string())),
  enqueuedAtMs: z.number(),
  deadlineAtMs: z.number(),
  startedAtMs: z.exactOptional(z.number()),
  endedAtMs: z.exactOptional(z.number()),
  traceId: z.exactOptional(z.string()),
  correlationId: z.exactOptional(z.string()),
  costMicroUsd: z._default(z.number(), 0),
  /** The last claim's; absent while no worker has taken the job. */
  claimId: z.exactOptional(z.string()),
  /** How often a person has let it run again. */
  retries: z._default(z.number(), 0),
  /** What a canceled job was before. */
  canceledFrom: z.exactOptional(z.enum(jobStatuses)),
  /** Of the document that the API has accepted; absent for jobs that were sent to their lane. */
  bodyHash: z.exactOptional(z.string()),
  /** The job's message, sealed as it goes to its lane, while it may be run again. */
  message: z.exactOptional(z.string()),
  answer: z.exactOptional(
    z.object({
      source: z.enum(['model', 'cache', 'default']),
      sealed: sealedBytes,
      aiGenerated: z.boolean(),
      model: z.exactOptional(z.enum(modelNames)),
      provider: z.exactOptional(z.enum(providerNames)),
      modelId: z.exactOptional(z.string()),
      generatedAtMs: z.exactOptional(z.number()),
    }),
  ),
  attempts: z._default(
    z.array(
      z.extend(pastCall, {
        callId: z.exactOptional(z.string()),
        outcome: z.enum(attemptOutcomes),
        code: z.exactOptional(z.string()),
      }),
    ),
    [],
  ),
  skips: z._default(
    z.array(
      z.object({
        rung: z.enum([...modelNames, 'cache']),
        provider: z.exactOptional(z.enum(providerNames)),
        reason: z.enum(skipReasons),
        atMs: z.number(),
      }),
    ),
    [],
  ),
});

export type JobRecord = z.infer<typeof jobRecord>;

/** `undefined` for a row of another version of Relay. */
export const readListedRecord = (item: Record<string, AttributeValue>): JobRecord | undefined =>
  jobRecord.safeParse(unmarshall(item)).data;

export const readJobRecord = (item: Record<string, AttributeValue>): JobRecord =>
  jobRecord.parse(unmarshall(item));
