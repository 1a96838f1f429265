import * as z from 'zod/mini';
import { attemptOutcomes, endReasons, jobStatuses, skipReasons } from '../../pipeline/job/job.ts';
import { identifier, jobFields, jobIdentifier } from '../../pipeline/job/job-message.ts';
import { laneNames } from '../../pipeline/job/lane.ts';
import { modelNames, providerNames, serviceTiers } from '../../pipeline/model/model.ts';
import { unpricedReasons } from '../../pipeline/money/price.ts';
import { problemSchema } from '../problem.ts';
import { instant, microUsd, numberText } from './common.ts';

/** A job as it is submitted: the message of a lane, whose tenant is the token's. */
export const submittedJob = z
  .extend(jobFields, {
    tenantId: z.optional(
      identifier.check(z.describe('May be left out. If it is given, it must be the tenant of the token.')),
    ),
  })
  .check(z.describe('A job. The lane is its `priority`.'));

export type SubmittedJob = z.output<typeof submittedJob>;

export const jobParams = z.strictObject({ jobId: jobIdentifier });

/** How long the caller waits for the job's end, in seconds: less than API Gateway's 30. */
export const waitSeconds = numberText(
  0,
  25,
  'Seconds to wait for the job to end before the answer is given, 0 to 25. A tenant that has many waits a minute is answered at once.',
);

const links = z.strictObject({
  self: z.string(),
  cancel: z.exactOptional(z.string()),
  retry: z.exactOptional(z.string()),
});

const usage = z.object({
  inputTokens: z.int(),
  cachedInputTokens: z.int(),
  cacheWriteTokens: z._default(z.int(), 0),
  outputTokens: z.int(),
  reasoningTokens: z.int(),
});

/** One call of a provider: what was tried, how long it took, and why it moved on. */
const attempt = z.strictObject({
  model: z.enum(modelNames),
  provider: z.enum(providerNames),
  modelId: z.string(),
  startedAt: instant,
  durationMs: z.number(),
  outcome: z.enum(attemptOutcomes),
  code: z.exactOptional(z.string()),
  servedTier: z.exactOptional(z.enum([...serviceTiers, 'unknown'])),
  usage: z.exactOptional(usage),
  costMicroUsd: microUsd,
  estimatedBecause: z.exactOptional(z.enum(unpricedReasons)),
});

const skip = z.strictObject({
  rung: z.enum([...modelNames, 'cache']),
  provider: z.exactOptional(z.enum(providerNames)),
  reason: z.enum(skipReasons),
  at: instant,
});

const answer = z.strictObject({
  source: z.enum(['model', 'cache', 'default']),
  text: z.string(),
  aiGenerated: z.boolean(),
  model: z.exactOptional(z.enum(modelNames)),
  provider: z.exactOptional(z.enum(providerNames)),
  modelId: z.exactOptional(z.string()),
  generatedAt: z.exactOptional(instant),
});

/** What a list shows of a job. */
const listedFields = {
  jobId: z.string(),
  status: z.enum(jobStatuses),
  reason: z.exactOptional(
    z.enum(endReasons).check(z.describe('Why the job has no answer; of every ending but success.')),
  ),
  lane: z.enum(laneNames),
  model: z.enum(modelNames),
  creatorId: z.string(),
  acceptedAt: instant,
  deadlineAt: instant,
  endedAt: z.exactOptional(instant),
  costMicroUsd: microUsd,
  correlationId: z.exactOptional(z.string()),
};

export const listedJob = z.strictObject({ ...listedFields, links });

export type ListedJob = z.infer<typeof listedJob>;

export const job = z
  .strictObject({
    ...listedFields,
    mode: z.enum(['draft', 'auto']),
    subjectRefs: z.array(z.string()),
    metadata: z.exactOptional(z.record(z.string(), z.string())),
    startedAt: z.exactOptional(instant),
    answer: z.exactOptional(answer),
    attempts: z.array(attempt),
    skips: z.array(skip),
    traceId: z.exactOptional(z.string()),
    links,
  })
  .check(z.describe('A job with its place in life, its answer, what was tried and what it cost.'));

export type JobView = z.infer<typeof job>;

export const jobsQuery = z.strictObject({
  status: z.optional(z.enum(jobStatuses)),
  lane: z.optional(z.enum(laneNames)),
  creatorId: z.optional(identifier),
  from: z.optional(z.iso.datetime({ offset: true }).check(z.describe('Accepted at this instant or later.'))),
  to: z.optional(z.iso.datetime({ offset: true }).check(z.describe('Accepted before this instant.'))),
  limit: z.optional(numberText(1, 100, 'Jobs in a page, 1 to 100; 50 by default.')),
  cursor: z.optional(z.string().check(z.maxLength(1_024), z.describe('`nextCursor` of the page before.'))),
});

export const jobPage = z.strictObject({
  jobs: z.array(listedJob).check(z.describe('Newest first.')),
  nextCursor: z.exactOptional(z.string().check(z.describe('Absent on the last page.'))),
});

/** A batch as it is parsed: its jobs one by one, so that one that is wrong does not stop the others. */
export const jobBatch = z.strictObject({
  jobs: z.array(z.unknown()).check(z.minLength(1), z.maxLength(100)),
});

/** A batch as the document shows it. */
export const documentedBatch = z.strictObject({
  jobs: z.array(submittedJob).check(z.minLength(1), z.maxLength(100)),
});

export const batchResult = z.strictObject({
  accepted: z.int(),
  refused: z.int(),
  items: z
    .array(
      z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('accepted'), index: z.int(), job: listedJob }),
        z.strictObject({ kind: z.literal('refused'), index: z.int(), problem: problemSchema }),
      ]),
    )
    .check(z.describe('One for each job of the batch, in its order.')),
});

export const cancellation = z.strictObject({
  jobId: z.string(),
  status: z.literal('canceled'),
  effect: z
    .enum(['before-start', 'between-runs', 'while-running'])
    .check(
      z.describe(
        'before-start: no model was called. between-runs: some were, none is now. while-running: a call under way is paid for, its answer is dropped, and no further one is made.',
      ),
    ),
  costMicroUsd: microUsd.check(
    z.describe('Of the calls that had ended. What one under way costs stands in GET /v1/costs alone.'),
  ),
  endedAt: instant,
});
