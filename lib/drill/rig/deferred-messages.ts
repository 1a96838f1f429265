import { ChangeMessageVisibilityBatchCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Rig } from './rig.ts';

/** Messages that workers have sent back to wait. A job is known by its message's id. */
export type DeferredMessages = Disposable & {
  /** Makes those of these jobs visible at once, whatever they were told to wait. */
  hasten(lane: string, jobIds: readonly string[]): Promise<void>;
};

/** What ChangeMessageVisibilityBatch takes at a time. */
const BATCH = 10;

/** Must be called before the first message is sent. */
export const watchDeferred = ({ endpoints, onDelivery }: Rig): DeferredMessages => {
  const credentials = { accessKeyId: 'drill', secretAccessKey: 'drill' };
  const sqs = new SQSClient({ region: 'us-east-1', credentials, endpoint: endpoints.aws });
  const receipts = new Map<string, string>();
  onDelivery((event) => {
    if (event.kind !== 'started') return;
    for (const { MessageId, ReceiptHandle } of event.batch) receipts.set(MessageId, ReceiptHandle);
  });
  return {
    hasten: async (lane, jobIds) => {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: `relay-local-${lane}` }));
      const all = jobIds.flatMap((jobId) => receipts.get(jobId) ?? []);
      for (let at = 0; at < all.length; at += BATCH) {
        const Entries = all
          .slice(at, at + BATCH)
          .map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 }));
        // one that has ended meanwhile is refused, alone
        await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
      }
    },
    [Symbol.dispose]: () => sqs.destroy(),
  };
};
