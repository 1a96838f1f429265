import type { LaneName } from '../../pipeline/job/lane.ts';
import { bounded } from '../aws-client.ts';
import { createLazySqs } from '../lazy-sqs.ts';
import { withRetries } from '../retry.ts';
import { REQUEST_RETRY_MS } from './request-retry.ts';

/** A job's message on its way to its lane. `body` is what `parseJobMessage` reads. */
export type LaneMessage = { lane: LaneName; body: string; traceparent: string; correlationId: string };

/** Sends to lanes. Rejects when SQS does not answer; a message may have been taken even so. */
export type LaneSender = { send(message: LaneMessage): Promise<void> };

export const createLaneSender = (urls: Readonly<Record<LaneName, { lane: string }>>): LaneSender => {
  const sqs = createLazySqs();
  return {
    send: async ({ lane, body, traceparent, correlationId }) => {
      const { client, commands } = await sqs();
      const command = new commands.SendMessageCommand({
        QueueUrl: urls[lane].lane,
        MessageBody: body,
        MessageAttributes: {
          traceparent: { DataType: 'String', StringValue: traceparent },
          correlationId: { DataType: 'String', StringValue: correlationId },
        },
      });
      await withRetries(REQUEST_RETRY_MS, () => client.send(command, bounded()));
    },
  };
};
