import { discardExpired, type HeldMessages } from '../../../lib/local/cloud/sqs/retention.ts';

const queueOf = (...sentAtMs: number[]) => {
  const deleted: string[] = [];
  const queue: HeldMessages = {
    attributes: { MessageRetentionPeriod: '60' },
    messages: sentAtMs.map((sentTimestamp) => ({ messageId: `at ${sentTimestamp}`, sentTimestamp })),
    delayedMessages: [{ messageId: 'delayed', sentTimestamp: 1_000 }],
    persistence: { deleteMessage: (id) => void deleted.push(id) },
  };
  return { queue, deleted };
};

it('ends 60 s after a message was sent, wherever it waits', () => {
  const { queue, deleted } = queueOf(1_000, 1_001);
  discardExpired(queue, 60_999);
  expect(queue.messages).toHaveLength(2);
  discardExpired(queue, 62_000);
  expect(queue.messages).toEqual([]);
  expect(deleted).toEqual(['at 1000', 'at 1001', 'delayed']);
});

it('leaves what was sent later', () => {
  const { queue, deleted } = queueOf(1_000, 5_000, 2_000);
  discardExpired(queue, 62_000);
  expect(queue.messages.map(({ messageId }) => messageId)).toEqual(['at 5000']);
  expect(queue.delayedMessages).toEqual([]);
  expect(deleted).toEqual(['at 1000', 'at 2000', 'delayed']);
});
