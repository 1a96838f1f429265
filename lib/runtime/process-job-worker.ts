import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createCircuits } from '../pipeline/circuits.ts';
import { defaultCatalogue } from '../pipeline/default-catalogue.ts';
import type { LaneName } from '../pipeline/lane.ts';
import { createLatencies } from '../pipeline/latencies.ts';
import type { ProviderName } from '../pipeline/model.ts';
import type { LastRungs } from '../pipeline/process-job.ts';
import type { Quota } from '../pipeline/quota.ts';
import { createQuotas } from '../pipeline/quotas.ts';
import type { RunPorts } from '../pipeline/run.ts';
import { awsClient } from './aws-client.ts';
import { createDynamoDbFleetStore } from './dynamodb-fleet-store.ts';
import { createDynamoDbJobStore } from './dynamodb-job-store.ts';
import { createDynamoDbUserStarts } from './dynamodb-user-starts.ts';
import { createLaneQueue } from './lane-queue.ts';
import { createProviderKeys } from './provider-keys.ts';
import { createModels } from './providers/models.ts';
import { createSqsWorker } from './sqs-worker.ts';
import { guarded } from './store-guard.ts';
import { systemClock } from './system-clock.ts';
import { createTelemetry } from './telemetry.ts';

/** What the function `process-job` is told by its environment. */
type Settings = {
  LANE: LaneName;
  QUEUE_URL: string;
  DEAD_LETTER_QUEUE_URL: string;
  JOBS_TABLE: string;
  FLEET_TABLE: string;
  PROVIDER_KEYS_SECRET: string;
  PROVIDER_URLS: Partial<Record<ProviderName, string>>;
  METRICS_NAMESPACE: string;
  PARALLELISM: number;
  PATIENCE_MS: number;
  RESERVE_MS: number;
  JOB_RETENTION_SECONDS: number;
  USER_STARTS_PER_MINUTE: number;
  QUOTAS: readonly Quota[];
  LAST_RUNGS: LastRungs['when'];
  ANSWER_FRESH_SECONDS: number;
  DEFAULT_ANSWER: string;
};

/** Puts the worker of one lane together. */
export const createProcessJobWorker = (settings: Settings) =>
  createSqsWorker({
    ports: portsOf(settings),
    queue: createLaneQueue({
      queueUrl: settings.QUEUE_URL,
      deadLetterQueueUrl: settings.DEAD_LETTER_QUEUE_URL,
    }),
    telemetry: createTelemetry({ lane: settings.LANE, namespace: settings.METRICS_NAMESPACE }),
    lane: settings.LANE,
    parallelism: settings.PARALLELISM,
    patienceMs: settings.PATIENCE_MS,
    reserveMs: settings.RESERVE_MS,
    lastRungs: { when: settings.LAST_RUNGS, defaultAnswer: settings.DEFAULT_ANSWER },
  });

const portsOf = (settings: Settings): RunPorts => {
  const client = new DynamoDBClient(awsClient);
  const clock = systemClock;
  const chance = { random: Math.random, newId: randomUUID };
  const fleet = createDynamoDbFleetStore({ client, tableName: settings.FLEET_TABLE, now: clock.now });
  const jobs = createDynamoDbJobStore({
    client,
    tableName: settings.JOBS_TABLE,
    retentionSeconds: settings.JOB_RETENTION_SECONDS,
    answerFreshForMs: settings.ANSWER_FRESH_SECONDS * 1000,
    now: clock.now,
  });
  return {
    clock,
    chance,
    catalogue: defaultCatalogue,
    models: createModels(
      createProviderKeys(settings.PROVIDER_KEYS_SECRET, clock.now),
      settings.PROVIDER_URLS,
    ),
    store: guarded(jobs, clock),
    circuits: createCircuits({ store: fleet, clock, chance }),
    quotas: createQuotas({ store: fleet, clock, chance, lane: settings.LANE, quotas: settings.QUOTAS }),
    latencies: createLatencies({ store: fleet, clock }),
    userStarts: createDynamoDbUserStarts({
      client,
      tableName: settings.FLEET_TABLE,
      limit: settings.USER_STARTS_PER_MINUTE,
    }),
  };
};
