import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  type BatchWriteItemCommandInput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { backoffMs } from '../../pipeline/backoff.ts';
import { bounded } from '../aws-client.ts';
import { isPassing } from '../retry.ts';

export type Item = Record<string, AttributeValue>;

/** What BatchWriteItem takes at a time (DynamoDB's limit). */
const CHUNK = 25;

const BACKOFF = { baseMs: 25, ceilingMs: 500 };

/** What a batch came to: the items that were not written, and of what the last call failed if it did. */
export type BatchWritten = { unwritten: readonly Item[]; error?: unknown };

/**
 * Puts items into a table, over and over with full jitter until all are in it or `forMs` have passed. Never rejects.
 * Safe to repeat: an item that is written twice is there once.
 */
export const batchWrite = async (
  client: DynamoDBClient,
  tableName: string,
  items: readonly Item[],
  forMs: number,
): Promise<BatchWritten> => {
  const untilMs = performance.now() + forMs;
  let written: BatchWritten = { unwritten: items };
  for (let tries = 1; written.unwritten.length > 0; tries += 1) {
    written = await writeOnce(client, tableName, written.unwritten);
    const pauseMs = backoffMs(tries, BACKOFF, Math.random);
    const isLasting = written.error !== undefined && !isPassing(written.error);
    if (written.unwritten.length === 0 || isLasting || performance.now() + pauseMs >= untilMs) break;
    await sleep(pauseMs);
  }
  return written;
};

const writeOnce = async (
  client: DynamoDBClient,
  tableName: string,
  items: readonly Item[],
): Promise<BatchWritten> => {
  const chunks = Array.from({ length: Math.ceil(items.length / CHUNK) }, (_, index) =>
    items.slice(index * CHUNK, (index + 1) * CHUNK),
  );
  const results = await Promise.all(chunks.map((chunk) => writeChunk(client, tableName, chunk)));
  const failed = results.find(({ error }) => error !== undefined);
  return {
    unwritten: results.flatMap(({ unwritten }) => unwritten),
    ...(failed && { error: failed.error }),
  };
};

const writeChunk = async (
  client: DynamoDBClient,
  tableName: string,
  chunk: readonly Item[],
): Promise<BatchWritten> => {
  const RequestItems: BatchWriteItemCommandInput['RequestItems'] = {
    [tableName]: chunk.map((Item) => ({ PutRequest: { Item } })),
  };
  try {
    const reply = await client.send(new BatchWriteItemCommand({ RequestItems }), bounded());
    const left = reply.UnprocessedItems?.[tableName] ?? [];
    return { unwritten: left.flatMap(({ PutRequest }) => (PutRequest?.Item ? [PutRequest.Item] : [])) };
  } catch (error) {
    return { unwritten: chunk, error };
  }
};
