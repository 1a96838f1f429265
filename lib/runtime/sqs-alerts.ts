import type { SQSClient } from '@aws-sdk/client-sqs';
import { alertBody } from '../pipeline/alerts/message-body.ts';
import type { Alerts } from '../pipeline/ports.ts';
import { awsClient, bounded } from './aws-client.ts';
import { withRetries } from './retry.ts';

/** A job does not wait for longer than this for somebody to hear of its trouble, in ms. */
const RETRY_MS = 1_000;

/** Raises alerts by way of the alerts queue. The SQS client is loaded on first use: a healthy job needs none. */
export const createSqsAlerts = ({ queueUrl }: { queueUrl: string }): Alerts => {
  let loading: Promise<SqsModule> | undefined;
  return {
    raise: async (alert) => {
      loading ??= loadSqs();
      const { client, SendMessageCommand } = await loading;
      const command = new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: alertBody(alert) });
      await withRetries(RETRY_MS, () => client.send(command, bounded()));
    },
  };
};

type SqsModule = Pick<typeof import('@aws-sdk/client-sqs'), 'SendMessageCommand'> & { client: SQSClient };

const loadSqs = async (): Promise<SqsModule> => {
  const { SendMessageCommand, SQSClient: Client } = await import('@aws-sdk/client-sqs');
  return { client: new Client(awsClient), SendMessageCommand };
};
