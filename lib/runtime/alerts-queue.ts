import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import type { Flush } from '../pipeline/alerts/aggregator.ts';
import type { AlertRejection } from '../pipeline/alerts/alert-message.ts';
import { flushBody } from '../pipeline/alerts/message-body.ts';
import { bounded } from './aws-client.ts';

type Options = {
  client: SQSClient;
  queueUrl: string;
  deadLetterQueueUrl: string;
  /** ms since 1970. */
  now(): number;
};

/** What the aggregator asks of its queue besides receiving and deleting, which the event source mapping does. */
export type AlertsQueue = {
  /** Sends a note to oneself that arrives when it is due, or as late as SQS can delay it. */
  arrange(flush: Flush): Promise<void>;
  /** Puts what is no alert into the dead-letter queue, with its reason. */
  reject(record: SQSRecord, reason: AlertRejection): Promise<void>;
};

/** SQS's longest delay, in seconds. */
const LONGEST_DELAY_SECONDS = 900;

export const createAlertsQueue = ({ client, queueUrl, deadLetterQueueUrl, now }: Options): AlertsQueue => ({
  arrange: async (flush) => {
    const delaySeconds = Math.max(Math.ceil((flush.dueAtMs - now()) / 1000), 0);
    const command = new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: flushBody(flush),
      DelaySeconds: Math.min(delaySeconds, LONGEST_DELAY_SECONDS),
    });
    await client.send(command, bounded());
  },
  reject: async ({ body, messageId }, reason) => {
    const command = new SendMessageCommand({
      QueueUrl: deadLetterQueueUrl,
      MessageBody: body,
      MessageAttributes: {
        reason: { DataType: 'String', StringValue: reason },
        sourceMessageId: { DataType: 'String', StringValue: messageId },
      },
    });
    await client.send(command, bounded());
  },
});
