import * as z from 'zod';
import { isEnded } from '../../pipeline/job/job.ts';
import { laneNames } from '../../pipeline/job/lane.ts';
import { modelNames, providerNames, serviceTiers } from '../../pipeline/model/model.ts';
import type { SampleJob } from './conversations.ts';

const text = z.object({ S: z.string() }).transform(({ S }) => S);
const number = z.object({ N: z.coerce.number() }).transform(({ N }) => N);
const oneOf = <const T extends readonly string[]>(words: T) =>
  z.object({ S: z.enum(words) }).transform(({ S }) => S);

const usage = z.object({
  inputTokens: number,
  cachedInputTokens: number,
  cacheWriteTokens: number.default(0),
  outputTokens: number,
  reasoningTokens: number,
});

const attempt = z.object({
  model: oneOf(modelNames),
  provider: oneOf(providerNames),
  modelId: text,
  durationMs: number,
  outcome: text,
  usage: z
    .object({ M: usage })
    .transform(({ M }) => M)
    .optional(),
  servedTier: oneOf([...serviceTiers, 'unknown']).optional(),
  costMicroUsd: number,
});

const attempts = z.object({ L: z.array(z.object({ M: attempt })) }).transform(({ L }) => L.map(({ M }) => M));

const jobRow = z.object({
  jobId: text,
  tenantId: text,
  lane: oneOf(laneNames),
  model: oneOf(modelNames),
  status: oneOf(['queued', 'running', 'succeeded', 'failed', 'expired', 'canceled']),
  reason: text.optional(),
  enqueuedAtMs: number.optional(),
  startedAtMs: number.optional(),
  endedAtMs: number.optional(),
  /** Of the whole job, in millionths of a US dollar. */
  costMicroUsd: number.default(0),
  attempts: attempts.default([]),
});

/** What a run reads of a job: its course and its bill, never its texts. */
export type JobRow = z.infer<typeof jobRow>;

/** The attributes of the jobs table that `parseJobRow` reads. */
export const jobRowAttributes: readonly string[] = Object.keys(jobRow.shape);

/** Reads an item of the jobs table. What does not fit is named by its attribute, never by its value. */
export const parseJobRow = (item: unknown): JobRow => {
  const parsed = jobRow.safeParse(item);
  if (parsed.success) return parsed.data;
  const wrong = new Set(parsed.error.issues.map((issue) => issue.path.map(String).join('.')));
  throw new Error(`a row of the jobs table has an unexpected ${[...wrong].join(', ')}`);
};

/** A job that no worker has claimed has no row yet. */
export const unclaimedRow = (job: SampleJob): JobRow => ({
  jobId: job.jobId,
  tenantId: job.tenantId,
  lane: job.priority,
  model: job.model,
  status: 'queued',
  costMicroUsd: 0,
  attempts: [],
});

export const hasEnded = (row: JobRow): boolean => isEnded(row.status);
