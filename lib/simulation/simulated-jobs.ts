import type { Job } from '../pipeline/job/job.ts';
import { type LaneName, laneNames } from '../pipeline/job/lane.ts';
import { modelNames, type ProviderName, reasoningEfforts } from '../pipeline/model/model.ts';
import type { Random } from '../seeded-random.ts';

/** What is sent in a run. */
export type Workload = {
  jobs: number;
  users: number;
  jobsPerSecond: number;
  /** Jobs with a deadline of their own, of 1.5 to 60 s. */
  shortDeadlineShare: number;
  /** Jobs that are sent twice under one id. */
  sentTwiceShare: number;
};

/** How long each lane's jobs may take, in ms. */
const patienceMs: Readonly<Record<LaneName, number>> = {
  critical: 300_000,
  high: 900_000,
  medium: 3_600_000,
  low: 21_600_000,
};

const processorChoices: readonly [readonly ProviderName[], ...(readonly ProviderName[])[]] = [
  ['openai'],
  ['anthropic'],
  ['azure-openai', 'openai'],
];

const trace = { traceId: '0'.repeat(32), traceparent: '', correlationId: '' };

/** A job of every kind that producers send, drawn from the seed. */
export const drawJob = (random: Random, index: number, nowMs: number, workload: Workload): Job => {
  const lane = random.pick(laneNames);
  const user = random.between(1, workload.users);
  const isShort = random.chance(workload.shortDeadlineShare);
  const forMs = isShort ? random.between(1_500, 60_000) : patienceMs[lane];
  return {
    jobId: `job-${index}`,
    lane,
    enqueuedAtMs: nowMs,
    deadlineAtMs: nowMs + forMs,
    trace,
    message: {
      tenantId: `tenant-${user % 7}`,
      creatorId: `creator-${user}`,
      subjectRefs: [],
      priority: lane,
      model: random.pick(modelNames),
      input: { messages: [{ role: 'user', content: `question ${random.between(1, workload.jobs)}` }] },
      mode: 'draft',
      options: {
        ...(random.chance(0.1) && { timeoutMs: random.between(1_000, 60_000) }),
        ...(random.chance(0.3) && { reasoningEffort: random.pick(reasoningEfforts) }),
        ...(random.chance(0.1) && { defaultAnswer: false as const }),
      },
      ...(random.chance(0.15) && { allowedProcessors: [...random.pick(processorChoices)] }),
    },
  };
};

/** Who is counted: a creator of a tenant. */
export const userOf = ({ message }: Job): string => `${message.tenantId}/${message.creatorId}`;
