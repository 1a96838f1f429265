import * as z from 'zod';
import type { SqsMessage } from '../sqs/sqs-client.ts';

/** What a Lambda function receives from an SQS event source mapping. */
export const toSqsEvent = (messages: readonly SqsMessage[], queueArn: string): string =>
  JSON.stringify({ Records: messages.map((message) => toRecord(message, queueArn)) });

const toRecord = (message: SqsMessage, queueArn: string): object => ({
  messageId: message.MessageId,
  receiptHandle: message.ReceiptHandle,
  body: message.Body,
  attributes: message.Attributes,
  messageAttributes: Object.fromEntries(
    Object.entries(message.MessageAttributes).map(([name, { StringValue, BinaryValue, DataType }]) => [
      name,
      {
        stringValue: StringValue,
        binaryValue: BinaryValue,
        stringListValues: [],
        binaryListValues: [],
        dataType: DataType,
      },
    ]),
  ),
  md5OfBody: message.MD5OfBody,
  eventSource: 'aws:sqs',
  eventSourceARN: queueArn,
  awsRegion: queueArn.split(':')[3],
});

const response = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish() })
  .nullable();

/**
 * The messages that a function with ReportBatchItemFailures has done. A response that Lambda cannot read, or that
 * names a message outside the batch, counts as a failure of the whole batch.
 */
export const succeededMessages = (payload: string, batch: readonly SqsMessage[]): readonly SqsMessage[] => {
  const parsed = response.safeParse(parseJson(payload));
  if (!parsed.success) return [];
  const failed = new Set(parsed.data?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
  const succeeded = batch.filter(({ MessageId }) => !failed.has(MessageId));
  return succeeded.length === batch.length - failed.size ? succeeded : [];
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
