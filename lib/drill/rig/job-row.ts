import * as z from 'zod';
import { jobStatuses } from '../../pipeline/job/job.ts';

const attempt = z.object({
  model: z.string(),
  provider: z.string(),
  modelId: z.string(),
  startedAtMs: z.number(),
  durationMs: z.number(),
  outcome: z.string(),
  code: z.string().optional(),
  /** Its cost is not known. */
  unpriced: z.string().optional(),
  costMicroUsd: z.number(),
});

const skip = z.object({ rung: z.string(), provider: z.string().optional(), reason: z.string() });

/** What a drill reads of a job's row. */
export const jobRow = z.object({
  jobId: z.string(),
  status: z.enum(jobStatuses),
  reason: z.string().optional(),
  lane: z.string(),
  enqueuedAtMs: z.number(),
  deadlineAtMs: z.number(),
  startedAtMs: z.number(),
  endedAtMs: z.number().optional(),
  runsCharged: z.number(),
  traceId: z.string(),
  answer: z
    .object({
      source: z.string(),
      text: z.string(),
      model: z.string().optional(),
      provider: z.string().optional(),
    })
    .optional(),
  attempts: z.array(attempt).default([]),
  skips: z.array(skip).default([]),
});

export type JobRow = z.infer<typeof jobRow>;

/** From sending to result, in ms. */
export const endToEndMs = ({ enqueuedAtMs, endedAtMs }: JobRow): number =>
  (endedAtMs ?? Number.POSITIVE_INFINITY) - enqueuedAtMs;
