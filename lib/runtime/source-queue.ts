import { bounded } from './aws-client.ts';
import { createDeadLetters, type DeadLetters } from './dead-letters.ts';
import { createLazySqs } from './lazy-sqs.ts';
import { withRetries } from './retry.ts';

export type Deferral = { receiptHandle: string; delayMs: number };

/** What a worker asks of the queue that feeds it besides receiving and deleting, which the event source mapping does. */
export type SourceQueue = DeadLetters & {
  /** Sets when messages that were not done come back; how many SQS refused. Those come back a visibility later. */
  defer(deferrals: readonly Deferral[]): Promise<number>;
};

/** Repeating is harmless, and a message whose delay could not be set is hidden for minutes. In ms. */
const DEFER_RETRY_MS = 1_000;

/** SQS allows 12 h from the receive on; the hour below that is for the time that has passed since. */
const MAX_VISIBILITY_SECONDS = 11 * 3_600;

export const createSourceQueue = (urls: { queueUrl: string; deadLetterQueueUrl: string }): SourceQueue => {
  const sqs = createLazySqs();
  return {
    ...createDeadLetters(urls.deadLetterQueueUrl, sqs),
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

const toVisibility = ({ receiptHandle, delayMs }: Deferral, index: number) => ({
  Id: String(index),
  ReceiptHandle: receiptHandle,
  VisibilityTimeout: Math.min(Math.ceil(delayMs / 1000), MAX_VISIBILITY_SECONDS),
});
