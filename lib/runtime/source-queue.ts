import type { SQSRecord } from 'aws-lambda';
import { bounded } from './aws-client.ts';
import { createLazySqs } from './lazy-sqs.ts';
import { withRetries } from './retry.ts';

export type Deferral = { receiptHandle: string; delayMs: number };

/** Why a message is set aside: a word for programs, and one for people that quotes nobody. */
export type SetAside = { reason: string; detail: string };

/** What a worker asks of the queue that feeds it besides receiving and deleting, which the event source mapping does. */
export type SourceQueue = {
  /** Puts a message into the dead-letter queue, with the reason. Rejects when it could not. */
  reject(record: SQSRecord, why: SetAside): Promise<void>;
  /** Sets when messages that were not done come back; how many SQS refused. Those come back a visibility later. */
  defer(deferrals: readonly Deferral[]): Promise<number>;
};

/** Repeating is harmless, and a message whose delay could not be set is hidden for minutes. In ms. */
const DEFER_RETRY_MS = 1_000;

/** SQS allows 12 h from the receive on; the hour below that is for the time that has passed since. */
const MAX_VISIBILITY_SECONDS = 11 * 3_600;

/** A message and its attributes may have 1 MiB together (SQS quota). What the reason adds stays below 1 KB. */
const ROOMY_BODY_BYTES = 1_023 * 1_024;

export const createSourceQueue = (urls: { queueUrl: string; deadLetterQueueUrl: string }): SourceQueue => {
  const sqs = createLazySqs();
  return {
    reject: async (record, why) => {
      const { client, commands } = await sqs();
      const letter = { QueueUrl: urls.deadLetterQueueUrl, ...deadLetter(record, why) };
      await client.send(new commands.SendMessageCommand(letter), bounded());
    },
    defer: async (deferrals) => {
      const { client, commands } = await sqs();
      const Entries = deferrals.map(toVisibility);
      const change = { QueueUrl: urls.queueUrl, Entries };
      const { Failed = [] } = await withRetries(DEFER_RETRY_MS, () =>
        client.send(new commands.ChangeMessageVisibilityBatchCommand(change), bounded()),
      );
      return Failed.length;
    },
  };
};

/** A body that leaves no room for its reason goes without: the log has it, by the source message's id. */
const deadLetter = (record: SQSRecord, { reason, detail }: SetAside) => {
  if (Buffer.byteLength(record.body) > ROOMY_BODY_BYTES) return { MessageBody: record.body };
  const MessageAttributes = {
    ...traceOfProducer(record),
    reason: text(reason),
    detail: text(detail.slice(0, 500)),
    sourceMessageId: text(record.messageId),
  };
  return { MessageBody: record.body, MessageAttributes };
};

/** What ties the message to its producer's trace stays on it, for whoever sends it again. */
const traceOfProducer = ({ messageAttributes }: SQSRecord) =>
  Object.fromEntries(
    ['traceparent', 'correlationId'].flatMap((name) => {
      const value = messageAttributes[name]?.stringValue;
      return value === undefined ? [] : [[name, text(value.slice(0, 128))]];
    }),
  );

const text = (StringValue: string) => ({ DataType: 'String', StringValue });

const toVisibility = ({ receiptHandle, delayMs }: Deferral, index: number) => ({
  Id: String(index),
  ReceiptHandle: receiptHandle,
  VisibilityTimeout: Math.min(Math.ceil(delayMs / 1000), MAX_VISIBILITY_SECONDS),
});
