import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { keyOf, type LedgerEntry, periodsOf } from '../../pipeline/money/ledger.ts';
import { isLate } from '../../pipeline/money/totals.ts';
import { utcHour } from '../../pipeline/utc.ts';
import { bounded } from '../aws-client.ts';
import { liveItems } from '../live-item.ts';
import { withRetries } from '../retry.ts';
import { batchWrite, type Item } from './batch-write.ts';
import { markOf } from './late-hour.ts';
import { entryOfRow, rowOf } from './ledger-row.ts';

export type LedgerTableOptions = {
  client: DynamoDBClient;
  ledgerTable: string;
  totalsTable: string;
  /** How long an entry is kept after its call, in seconds. */
  retentionSeconds: number;
  /** ms since 1970. */
  now(): number;
};

/** The entries that are not in the table, and of what the last call failed if it did. */
export type LedgerWritten = { unwritten: readonly LedgerEntry[]; error?: unknown };

export type LedgerTable = {
  /** Writes entries for `forMs` at most; never rejects. */
  write(entries: readonly LedgerEntry[], forMs: number): Promise<LedgerWritten>;
  /** All entries of an hour. Those of the last second may be missing: reads are eventually consistent, at half the price. */
  read(hour: string): Promise<readonly LedgerEntry[]>;
};

export const createLedgerTable = (options: LedgerTableOptions): LedgerTable => ({
  write: (entries, forMs) => write(options, entries, forMs),
  read: async (hour) => {
    const pages = await Promise.all(periodsOf(hour).map((period) => readPeriod(options, period)));
    return pages.flat();
  },
});

/**
 * Marks first: what is written afterwards, and be it only a part, is folded in any case. A mark outlives the fold that
 * comes between the two (`SETTLED_MS` in fold-hours.ts).
 */
const write = async (
  options: LedgerTableOptions,
  given: readonly LedgerEntry[],
  forMs: number,
): Promise<LedgerWritten> => {
  const startedMs = performance.now();
  const { client, ledgerTable, totalsTable } = options;
  const entries = onePerKey(given);
  const marks = lateMarks(options, entries);
  const marked = await batchWrite(client, totalsTable, marks, forMs);
  if (marked.unwritten.length > 0) return { ...marked, unwritten: entries };
  const rows = entries.map((entry) => rowOf(entry, expiryOf(options, entry)));
  const written = await batchWrite(client, ledgerTable, rows, forMs - (performance.now() - startedMs));
  return { ...written, unwritten: written.unwritten.map(entryOfRow) };
};

/** A batch with a job and its second delivery has the same call twice, which BatchWriteItem refuses as a whole. */
const onePerKey = (entries: readonly LedgerEntry[]): readonly LedgerEntry[] => [
  ...new Map(entries.map((entry) => [Object.values(keyOf(entry)).join(' '), entry])).values(),
];

const expiryOf = ({ retentionSeconds }: LedgerTableOptions, { atMs }: LedgerEntry): number =>
  Math.ceil(atMs / 1000) + retentionSeconds;

const lateMarks = (
  { now, retentionSeconds }: LedgerTableOptions,
  entries: readonly LedgerEntry[],
): Item[] => {
  const nowMs = now();
  const hours = new Set(entries.filter(({ atMs }) => isLate(atMs, nowMs)).map(({ atMs }) => utcHour(atMs)));
  return [...hours].map((hour) => markOf({ hour, markedAtMs: nowMs }, retentionSeconds));
};

/** A fold runs in the background and can wait. In ms. */
const READ_RETRY_MS = 10_000;

const readPeriod = async (
  { client, ledgerTable, now }: LedgerTableOptions,
  period: string,
): Promise<readonly LedgerEntry[]> => {
  const entries: LedgerEntry[] = [];
  let start: Item | undefined;
  do {
    const command = new QueryCommand({
      TableName: ledgerTable,
      KeyConditionExpression: 'period = :period',
      ExpressionAttributeValues: { ':period': { S: period } },
      ...(start && { ExclusiveStartKey: start }),
    });
    const page = await withRetries(READ_RETRY_MS, () => client.send(command, bounded()));
    entries.push(...liveItems(page.Items, now()).map(entryOfRow));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return entries;
};
