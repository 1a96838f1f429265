import type { SQSRecord } from 'aws-lambda';
import { bounded } from './aws-client.ts';
import type { Sqs } from './lazy-sqs.ts';

/** Why a message is set aside: a word of ours, and what exactly is wrong where that is known. */
export type Reason = { reason: string; detail?: string };

export type DeadLetters = {
  /** Puts a message into the dead-letter queue as it came, with why and whence. Rejects when it could not. */
  reject(record: SQSRecord, reason: Reason): Promise<void>;
};

/** A message and its attributes may have 1 MiB together (SQS quota). What the reason adds stays below 1 KB. */
const ROOMY_BODY_BYTES = 1_023 * 1_024;

export const createDeadLetters = (queueUrl: string, sqs: () => Promise<Sqs>): DeadLetters => ({
  reject: async (record, reason) => {
    const { client, commands } = await sqs();
    const letter = { QueueUrl: queueUrl, ...letterOf(record, reason) };
    await client.send(new commands.SendMessageCommand(letter), bounded());
  },
});

/** A body that leaves no room for its reason goes without: the log has it, by the source message's id. */
const letterOf = (record: SQSRecord, { reason, detail }: Reason) => {
  if (Buffer.byteLength(record.body) > ROOMY_BODY_BYTES) return { MessageBody: record.body };
  const MessageAttributes = {
    ...traceOfProducer(record),
    reason: text(reason),
    ...(detail !== undefined && { detail: text(detail.slice(0, 500)) }),
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
