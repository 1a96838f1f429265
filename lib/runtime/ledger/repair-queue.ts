import type { LedgerEntry } from '../../pipeline/money/ledger.ts';
import { bounded } from '../aws-client.ts';
import { createLazySqs } from '../lazy-sqs.ts';
import { withRetries } from '../retry.ts';

/** Where entries go that the ledger would not take. Rejects when it takes them no more than the ledger did. */
export type RepairQueue = { send(entries: readonly LedgerEntry[]): Promise<void> };

/** Some 12 KB of JSON, of the 1 MiB that a batch of messages may have together. */
const ENTRIES_PER_MESSAGE = 25;
/** What SendMessageBatch takes at a time. */
const MESSAGES = 10;
const RETRY_MS = 1_000;

export const createRepairQueue = (queueUrl: string): RepairQueue => {
  const sqs = createLazySqs();
  return {
    send: async (entries) => {
      const { client, commands } = await sqs();
      for (const bodies of chunksOf(chunksOf(entries, ENTRIES_PER_MESSAGE), MESSAGES)) {
        const Entries = bodies.map((body, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify({ entries: body }),
        }));
        const command = new commands.SendMessageBatchCommand({ QueueUrl: queueUrl, Entries });
        const { Failed = [] } = await withRetries(RETRY_MS, () => client.send(command, bounded()));
        if (Failed.length > 0) throw new Error(`the repair queue refused ${Failed.length} messages`);
      }
    },
  };
};

const chunksOf = <Part>(parts: readonly Part[], size: number): (readonly Part[])[] =>
  Array.from({ length: Math.ceil(parts.length / size) }, (_, index) =>
    parts.slice(index * size, (index + 1) * size),
  );
