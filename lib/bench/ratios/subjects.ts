import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { defaultPolicy } from '../../pipeline/alerts/policy.ts';
import { endOfOutcome } from '../../pipeline/dispatch/end-of-outcome.ts';
import { type Delivery, processJob } from '../../pipeline/dispatch/process-job.ts';
import { createQuotas } from '../../pipeline/fleet/quotas.ts';
import { entriesOfOutcome } from '../../pipeline/money/outcome-entries.ts';
import { createDynamoDbJobStore } from '../../runtime/dynamodb-job-store.ts';
import { createDynamoDbUserStarts } from '../../runtime/dynamodb-user-starts.ts';
import { inMemoryFleetStore } from '../../simulation/in-memory-fleet-store.ts';
import { inMemoryUserStarts } from '../../simulation/in-memory-user-starts.ts';
import { alertWorkloads } from '../alert-workloads.ts';
import { runDay } from '../alerts.ts';
import { benchJob, benchPorts, START_MS } from './bench-ports.ts';

/** What is held against its baseline. */
export const subjectNames = ['rate limiter', 'stores', 'dispatch', 'aggregator'] as const;
export type SubjectName = (typeof subjectNames)[number];

/** A piece of the product's work that takes some 50 ms of CPU, the same each time. */
export type Subject = () => Promise<void>;

export const subjects: Readonly<Record<SubjectName, Subject>> = {
  /** The provider's quota and the user's own limit, as one environment asks them for each job. */
  'rate limiter': async () => {
    const clock = { now: () => START_MS };
    const chance = { random: () => 0.5, newId: () => 'id' };
    const quota = {
      provider: 'openai',
      modelId: 'gpt-5',
      requestsPerMinute: 100_000,
      tokensPerMinute: 1e9,
    } as const;
    const store = inMemoryFleetStore(clock.now);
    const quotas = createQuotas({ store, clock, chance, lane: 'high', quotas: [quota] });
    const starts = inMemoryUserStarts(10);
    for (let job = 0; job < 20_000; job += 1) {
      const reservation = await quotas.reserve({ provider: 'openai', modelId: 'gpt-5', tokens: 700 });
      if (reservation.kind === 'granted') reservation.settle(650);
      await starts.start(`creator-${job % 300}`, START_MS + job);
    }
  },

  /** Claim, start and ending through the AWS SDK, with a database that answers at once. */
  stores: async () => {
    const client = new DynamoDBClient({
      ...anywhere,
      requestHandler: { handle: async () => ({ response: done() }) },
    });
    const jobs = createDynamoDbJobStore({
      client,
      tableName: 'bench',
      retentionSeconds: 1,
      answerFreshForMs: 1,
      now: () => START_MS,
    });
    const starts = createDynamoDbUserStarts({ client, tableName: 'bench', limit: 10 });
    for (let number = 0; number < 40; number += 1) {
      const job = benchJob(number);
      await jobs.claim({ job, claimId: 'claim', nowMs: START_MS, leaseUntilMs: START_MS + 1 });
      await starts.start(job.message.creatorId, START_MS);
      const ending = { status: 'failed', reason: 'unavailable' } as const;
      await jobs.finish(
        job,
        'claim',
        { ending, kept: {}, attempts: [], skips: [], endedAtMs: START_MS },
        1_000,
      );
    }
    client.destroy();
  },

  dispatch: () => dispatchJobs(1_000),

  /** A day with three outages: every alert grouped, every notice written. */
  aggregator: async () => {
    const [, , outages] = alertWorkloads(1);
    if (outages === undefined) throw new Error('there is no such workload');
    await runDay(outages, defaultPolicy);
  },
};

/** Jobs from message to ending, entry in the ledger and news of the end, with models that answer at once. */
export const dispatchJobs = async (count: number): Promise<void> => {
  const ports = benchPorts();
  for (let number = 0; number < count; number += 1) {
    const job = benchJob(number);
    const outcome = await processJob(ports, job, delivery);
    const entries = entriesOfOutcome(ports, job, outcome);
    if (entries.length !== 1 || endOfOutcome(job, outcome) === undefined)
      throw new Error('a job did not end');
  }
};

const delivery: Delivery = {
  receives: 1,
  receivesLeft: 199,
  remainingMs: () => 150_000,
  reserveMs: 8_000,
  lastRungs: { when: 'at-once', defaultAnswer: 'Thank you!' },
  tier: 'default',
};

const anywhere = {
  region: 'us-east-1',
  endpoint: 'http://127.0.0.1',
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  maxAttempts: 1,
};

const done = () => ({
  statusCode: 200,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: new TextEncoder().encode('{}'),
});
