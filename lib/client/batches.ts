/** What SendMessageBatch takes at a time, and how many bytes its messages may have together (SQS's own limits). */
const MAX_MESSAGES = 10;
const MAX_BYTES = 1_048_576;

/** Parts messages, in their order, into batches that SQS takes. */
export const batchesOf = <Message extends { bytes: number }>(messages: readonly Message[]): Message[][] => {
  const batches: Message[][] = [];
  let room = 0;
  for (const message of messages) {
    const batch = batches.at(-1);
    if (batch === undefined || batch.length === MAX_MESSAGES || message.bytes > room) {
      batches.push([message]);
      room = MAX_BYTES - message.bytes;
    } else {
      batch.push(message);
      room -= message.bytes;
    }
  }
  return batches;
};
