/** A queue of fauxqs, as far as its retention goes. */
export type HeldMessages = {
  attributes: { MessageRetentionPeriod?: string };
  messages: HeldMessage[];
  delayedMessages: HeldMessage[];
  persistence?: { deleteMessage(messageId: string): void };
};

type HeldMessage = { messageId: string; sentTimestamp: number };

/** How often a queue is searched: each time costs a look at every message. */
const SEARCH_EVERY_MS = 1_000;

const searchedAtMs = new WeakMap<HeldMessages, number>();

/**
 * Forgets the messages that a queue has kept for its retention period. It counts from the first sending, also in a
 * dead-letter queue; what is in flight then is forgotten when it comes back.
 */
export const discardExpired = (queue: HeldMessages, nowMs: number): void => {
  if (nowMs - (searchedAtMs.get(queue) ?? 0) < SEARCH_EVERY_MS) return;
  searchedAtMs.set(queue, nowMs);
  const keptSinceMs = nowMs - Number(queue.attributes.MessageRetentionPeriod) * 1000;
  const isKept = ({ sentTimestamp }: HeldMessage) => sentTimestamp > keptSinceMs;
  const all = [...queue.messages, ...queue.delayedMessages];
  const expired = all.filter((message) => !isKept(message));
  if (expired.length === 0) return;
  for (const { messageId } of expired) queue.persistence?.deleteMessage(messageId);
  queue.messages = queue.messages.filter(isKept);
  queue.delayedMessages = queue.delayedMessages.filter(isKept);
};
