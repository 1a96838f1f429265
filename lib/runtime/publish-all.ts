import { PublishBatchCommand, type PublishBatchRequestEntry, type SNSClient } from '@aws-sdk/client-sns';
import { backoffMs } from '../pipeline/backoff.ts';
import { bounded } from './aws-client.ts';
import { withRetries } from './retry.ts';

/** A topic, and how it is published to. */
export type Publishing = {
  client: Pick<SNSClient, 'send'>;
  topicArn: string;
  /** How long a call that fails in passing is repeated, in ms. */
  retryMs: number;
  pause(ms: number): Promise<void>;
  onFault(error: unknown): void;
};

export type Entry = Omit<PublishBatchRequestEntry, 'Id'>;

/** SNS's most per call. */
const BATCH = 10;
/** What SNS refuses so often is left to the caller. */
const TRIES = 3;
const BACKOFF = { baseMs: 50, ceilingMs: 500 };

/** Publishes ten per call, and what was refused again; resolves to those that are out. Never rejects. */
export const publishAll = async <Item>(
  publishing: Publishing,
  items: readonly Item[],
  entryOf: (item: Item) => Entry,
): Promise<readonly Item[]> => {
  const out: Item[] = [];
  for (let start = 0; start < items.length; start += BATCH)
    out.push(...(await publishBatch(publishing, items.slice(start, start + BATCH), entryOf)));
  return out;
};

const publishBatch = async <Item>(
  publishing: Publishing,
  items: readonly Item[],
  entryOf: (item: Item) => Entry,
): Promise<readonly Item[]> => {
  let left = items;
  for (let tries = 1; tries <= TRIES && left.length > 0; tries += 1) {
    if (tries > 1) await publishing.pause(backoffMs(tries, BACKOFF, Math.random));
    try {
      left = await refusedOf(publishing, left, entryOf);
    } catch (error) {
      publishing.onFault(error);
      break;
    }
  }
  return items.filter((item) => !left.includes(item));
};

/** SNS answers 200 for a batch of which it refused a part. */
const refusedOf = async <Item>(
  { client, topicArn, retryMs }: Publishing,
  items: readonly Item[],
  entryOf: (item: Item) => Entry,
): Promise<readonly Item[]> => {
  const command = new PublishBatchCommand({
    TopicArn: topicArn,
    PublishBatchRequestEntries: items.map((item, index) => ({ Id: String(index), ...entryOf(item) })),
  });
  const { Failed = [] } = await withRetries(retryMs, () => client.send(command, bounded()));
  const failed = new Set(Failed.map(({ Id }) => Number(Id)));
  return items.filter((_, index) => failed.has(index));
};
