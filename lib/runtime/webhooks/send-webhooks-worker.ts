import { lookup } from 'node:dns/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { endpointsByTenant, findEndpoint } from '../../pipeline/webhooks/endpoint.ts';
import { awsClient } from '../aws-client.ts';
import { createDynamoDbFleetStore } from '../dynamodb-fleet-store.ts';
import { createKeptSecret } from '../kept-secret.ts';
import { createSourceQueue } from '../source-queue.ts';
import { createStageTelemetry } from '../stage-telemetry.ts';
import { systemClock } from '../system-clock.ts';
import { createDisabledEndpoints } from './disabled-endpoints.ts';
import { createPostWebhook } from './post-webhook.ts';
import { createWebhookWorker } from './webhook-worker.ts';

/** What the function `send-webhooks` is told by its environment. */
type Settings = {
  QUEUE_URL: string;
  DEAD_LETTER_QUEUE_URL: string;
  FLEET_TABLE: string;
  WEBHOOKS_SECRET: string;
  WAITS_SECONDS: readonly number[];
  TO_THIS_MACHINE: boolean;
  METRICS_NAMESPACE: string;
};

/** Puts the worker together. */
export const createSendWebhooksWorker = (settings: Settings) => {
  const { now } = systemClock;
  const telemetry = createStageTelemetry('send-webhooks', settings.METRICS_NAMESPACE);
  const secret = createKeptSecret(settings.WEBHOOKS_SECRET, endpointsByTenant, {
    now,
    onFault: (error) => telemetry.failed('secret not read', error),
  });
  const client = new DynamoDBClient(awsClient);
  return createWebhookWorker({
    endpointOf: async (tenantId) => {
      const found = await secret.current();
      return found.kind === 'found' ? findEndpoint(found.value, tenantId) : found;
    },
    disabled: createDisabledEndpoints(
      createDynamoDbFleetStore({ client, tableName: settings.FLEET_TABLE, now }),
      now,
    ),
    post: createPostWebhook({
      resolve: (host) => lookup(host, { all: true }),
      toThisMachine: settings.TO_THIS_MACHINE,
    }),
    queue: createSourceQueue({
      queueUrl: settings.QUEUE_URL,
      deadLetterQueueUrl: settings.DEAD_LETTER_QUEUE_URL,
    }),
    telemetry,
    clock: systemClock,
    chance: { random: Math.random },
    waitsMs: settings.WAITS_SECONDS.map((seconds) => seconds * 1_000),
  });
};
