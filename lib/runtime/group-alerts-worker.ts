import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { createAggregator } from '../pipeline/alerts/aggregator.ts';
import { defaultPolicy } from '../pipeline/alerts/policy.ts';
import { createAlertTelemetry } from './alert-telemetry.ts';
import { createAlertWorker } from './alert-worker.ts';
import { createAlertsQueue } from './alerts-queue.ts';
import { awsClient } from './aws-client.ts';
import { createDynamoDbFleetStore } from './dynamodb-fleet-store.ts';
import { createSnsNotices } from './sns-notices.ts';
import { systemClock } from './system-clock.ts';

/** What the function `group-alerts` is told by its environment. */
type Settings = {
  STAGE: string;
  ALERTS_TABLE: string;
  ALERTS_QUEUE_URL: string;
  DEAD_LETTER_QUEUE_URL: string;
  NOTICES_TOPIC: string;
  METRICS_NAMESPACE: string;
  GROUP_WAIT_SECONDS: number;
  GROUP_INTERVAL_SECONDS: number;
  REPEAT_INTERVAL_SECONDS: number;
};

/** Puts the aggregator of a stage together. */
export const createGroupAlertsWorker = (settings: Settings) => {
  const telemetry = createAlertTelemetry({ namespace: settings.METRICS_NAMESPACE });
  const { now } = systemClock;
  const queue = createAlertsQueue({
    queueUrl: settings.ALERTS_QUEUE_URL,
    deadLetterQueueUrl: settings.DEAD_LETTER_QUEUE_URL,
    now,
  });
  const publish = createSnsNotices({
    client: new SNSClient(awsClient),
    topicArn: settings.NOTICES_TOPIC,
    stage: settings.STAGE,
    pause,
    onFault: telemetry.fault,
  });
  const store = createDynamoDbFleetStore({
    client: new DynamoDBClient(awsClient),
    tableName: settings.ALERTS_TABLE,
    now,
  });
  const aggregator = createAggregator(
    {
      clock: systemClock,
      store,
      publish: async (notices) => {
        const out = await publish(notices);
        telemetry.published(notices, out);
        return out;
      },
      arrange: (flush) => queue.arrange(flush).catch(telemetry.fault),
      unreadable: telemetry.unreadable,
    },
    {
      ...defaultPolicy,
      groupWaitMs: settings.GROUP_WAIT_SECONDS * 1000,
      groupIntervalMs: settings.GROUP_INTERVAL_SECONDS * 1000,
      repeatIntervalMs: settings.REPEAT_INTERVAL_SECONDS * 1000,
    },
  );
  return createAlertWorker({ aggregator, queue, telemetry });
};
