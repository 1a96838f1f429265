import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { defaultCatalogue } from '../pipeline/default-catalogue.ts';
import type { LaneName } from '../pipeline/lane.ts';
import type { ProviderName } from '../pipeline/model.ts';
import type { ProcessJobPorts } from '../pipeline/process-job.ts';
import { awsClient } from './aws-client.ts';
import { createDynamoDbJobStore } from './dynamodb-job-store.ts';
import { createLaneQueue } from './lane-queue.ts';
import { createProviderKeys } from './provider-keys.ts';
import { createModels } from './providers/models.ts';
import { createSqsWorker } from './sqs-worker.ts';
import { systemClock } from './system-clock.ts';
import { createTelemetry } from './telemetry.ts';

/** What the function `process-job` is told by its environment. */
type Settings = {
  LANE: LaneName;
  QUEUE_URL: string;
  DEAD_LETTER_QUEUE_URL: string;
  JOBS_TABLE: string;
  PROVIDER_KEYS_SECRET: string;
  PROVIDER_URLS: Partial<Record<ProviderName, string>>;
  METRICS_NAMESPACE: string;
  PARALLELISM: number;
  PATIENCE_MS: number;
  RESERVE_MS: number;
  JOB_RETENTION_SECONDS: number;
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
  });

const portsOf = (settings: Settings): ProcessJobPorts => ({
  clock: systemClock,
  chance: { random: Math.random, newId: randomUUID },
  catalogue: defaultCatalogue,
  models: createModels(
    createProviderKeys(settings.PROVIDER_KEYS_SECRET, systemClock.now),
    settings.PROVIDER_URLS,
  ),
  store: createDynamoDbJobStore({
    client: new DynamoDBClient(awsClient),
    tableName: settings.JOBS_TABLE,
    retentionSeconds: settings.JOB_RETENTION_SECONDS,
  }),
});
