import type { Flush } from '../pipeline/alerts/aggregator.ts';
import { flushBody } from '../pipeline/alerts/message-body.ts';
import { bounded } from './aws-client.ts';
import { createDeadLetters, type DeadLetters } from './dead-letters.ts';
import { createLazySqs } from './lazy-sqs.ts';

type Options = {
  queueUrl: string;
  deadLetterQueueUrl: string;
  /** ms since 1970. */
  now(): number;
};

/** What the aggregator asks of its queue besides receiving and deleting, which the event source mapping does. */
export type AlertsQueue = DeadLetters & {
  /** Sends a note to oneself that arrives when it is due, or as late as SQS can delay it. */
  arrange(flush: Flush): Promise<void>;
};

/** SQS's longest delay, in seconds. */
const LONGEST_DELAY_SECONDS = 900;

export const createAlertsQueue = ({ queueUrl, deadLetterQueueUrl, now }: Options): AlertsQueue => {
  const sqs = createLazySqs();
  return {
    ...createDeadLetters(deadLetterQueueUrl, sqs),
    arrange: async (flush) => {
      const { client, commands } = await sqs();
      const delaySeconds = Math.max(Math.ceil((flush.dueAtMs - now()) / 1000), 0);
      const command = new commands.SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: flushBody(flush),
        DelaySeconds: Math.min(delaySeconds, LONGEST_DELAY_SECONDS),
      });
      await client.send(command, bounded());
    },
  };
};
