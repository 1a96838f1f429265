import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import type { Rejection } from '../pipeline/job-message.ts';

export type Deferral = { receiptHandle: string; messageId: string; delayMs: number };

/** What the worker asks of its lane besides receiving and deleting, which the event source mapping does. */
export type LaneQueue = {
  /** Puts a message that is no job into the dead-letter queue, with its reason. Rejects when it could not. */
  reject(record: SQSRecord, rejection: Rejection): Promise<void>;
  /** Sets when messages that were not done come back. */
  defer(deferrals: readonly Deferral[]): Promise<void>;
};

/** A visibility timeout cannot pass 12 h (SQS quota). */
const MAX_VISIBILITY_SECONDS = 43_200;

/** The SQS client is loaded on first use: a healthy job needs none, and it would lengthen every cold start. */
export const createLaneQueue = (urls: { queueUrl: string; deadLetterQueueUrl: string }): LaneQueue => {
  let loading: Promise<SqsModule> | undefined;
  const sqs = () => {
    loading ??= loadSqs();
    return loading;
  };
  return {
    reject: async (record, rejection) => {
      const { client, commands } = await sqs();
      const { deadLetterQueueUrl: QueueUrl } = urls;
      await client.send(new commands.SendMessageCommand({ QueueUrl, ...deadLetter(record, rejection) }));
    },
    defer: async (deferrals) => {
      const { client, commands } = await sqs();
      const Entries = deferrals.map(toVisibility);
      await client.send(
        new commands.ChangeMessageVisibilityBatchCommand({ QueueUrl: urls.queueUrl, Entries }),
      );
    },
  };
};

type SqsModule = { client: SQSClient; commands: typeof import('@aws-sdk/client-sqs') };

const loadSqs = async (): Promise<SqsModule> => {
  const commands = await import('@aws-sdk/client-sqs');
  return { client: new commands.SQSClient({ maxAttempts: 1 }), commands };
};

const deadLetter = (record: SQSRecord, { reason, detail }: Rejection) => ({
  MessageBody: record.body,
  MessageAttributes: {
    reason: text(reason),
    detail: text(detail),
    sourceMessageId: text(record.messageId),
    rejectedFrom: text(record.eventSourceARN),
  },
});

const text = (StringValue: string) => ({ DataType: 'String', StringValue });

const toVisibility = ({ receiptHandle, delayMs }: Deferral, index: number) => ({
  Id: String(index),
  ReceiptHandle: receiptHandle,
  VisibilityTimeout: Math.min(Math.ceil(delayMs / 1000), MAX_VISIBILITY_SECONDS),
});
