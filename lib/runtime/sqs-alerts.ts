import { alertBody } from '../pipeline/alerts/message-body.ts';
import type { Alerts } from '../pipeline/ports.ts';
import { bounded } from './aws-client.ts';
import { createLazySqs } from './lazy-sqs.ts';
import { withRetries } from './retry.ts';

/** A job does not wait for longer than this for somebody to hear of its trouble, in ms. */
const RETRY_MS = 1_000;

/** Raises alerts by way of the alerts queue. */
export const createSqsAlerts = ({ queueUrl }: { queueUrl: string }): Alerts => {
  const sqs = createLazySqs();
  return {
    raise: async (alert) => {
      const { client, commands } = await sqs();
      const command = new commands.SendMessageCommand({ QueueUrl: queueUrl, MessageBody: alertBody(alert) });
      await withRetries(RETRY_MS, () => client.send(command, bounded()));
    },
  };
};
