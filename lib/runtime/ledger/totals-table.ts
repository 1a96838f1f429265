import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import {
  allTenantsDayOf,
  type HourTotals,
  LATE,
  type Totals,
  tenantDayOf,
} from '../../pipeline/money/totals.ts';
import { HOUR_MS, hourStartMs } from '../../pipeline/utc.ts';
import { bounded } from '../aws-client.ts';
import { liveItems } from '../live-item.ts';
import { withRetries } from '../retry.ts';
import { batchWrite, type Item } from './batch-write.ts';
import { type LateHour, markOf } from './late-hour.ts';

type Options = {
  client: DynamoDBClient;
  totalsTable: string;
  /** How long the totals of an hour are kept, in seconds. */
  retentionSeconds: number;
  /** ms since 1970. */
  now(): number;
};

/** Totals by tenant and hour. They are set, never added to: to write them twice changes nothing. */
export type TotalsTable = {
  /** Rejects when not all of them could be written. */
  set(hour: string, totals: HourTotals): Promise<void>;
  lateHours(): Promise<readonly LateHour[]>;
  /** Marks an hour. Rejects when that could not be written. */
  mark(late: LateHour): Promise<void>;
  /** Takes a mark off, unless it has been set anew. */
  unmark(late: LateHour): Promise<void>;
};

/** A fold runs in the background and can wait. In ms. */
const RETRY_MS = 10_000;

export const createTotalsTable = (options: Options): TotalsTable => {
  /** What this environment has written: most totals of the last hour are the same every time. */
  const written = new Map<string, string>();
  return {
    set: async (hour, totals) => {
      const changed = rowsOf(options, hour, totals).filter(({ name, text }) => written.get(name) !== text);
      const items = changed.map(({ item }) => item);
      const { unwritten, error } = await batchWrite(options.client, options.totalsTable, items, RETRY_MS);
      if (unwritten.length > 0)
        throw new Error(`${unwritten.length} totals were not written`, { cause: error });
      forgetOthers(written, hour);
      for (const { name, text } of changed) written.set(name, text);
    },
    lateHours: () => lateHours(options),
    mark: (late) => mark(options, late),
    unmark: (late) => unmark(options, late),
  };
};

const mark = async ({ client, totalsTable, retentionSeconds }: Options, late: LateHour): Promise<void> => {
  const item = markOf(late, retentionSeconds);
  const { unwritten, error } = await batchWrite(client, totalsTable, [item], RETRY_MS);
  if (unwritten.length > 0) throw new Error('an hour was not marked', { cause: error });
};

/** Two hours are written again and again; of any other one nothing need be remembered. */
const forgetOthers = (written: Map<string, string>, hour: string): void => {
  const atMs = hourStartMs(hour);
  for (const name of written.keys()) {
    const [ofHour = ''] = name.split(' ', 1);
    if (Math.abs(hourStartMs(ofHour) - atMs) > 2 * HOUR_MS) written.delete(name);
  }
};

type Row = { name: string; text: string; item: Item };

const rowsOf = (options: Options, hour: string, { all, tenants }: HourTotals): Row[] => {
  const day = hour.slice(0, 'YYYY-MM-DD'.length);
  const named: [string, Totals][] = [
    [allTenantsDayOf(day), all],
    ...[...tenants].map(([id, totals]): [string, Totals] => [tenantDayOf(id, day), totals]),
  ];
  return named
    .filter(([, { cells }]) => cells.length > 0)
    .map(([tenantDay, totals]) => {
      const text = JSON.stringify(totals);
      return { name: `${hour} ${tenantDay}`, text, item: rowOf(options, { tenantDay, hour }, totals) };
    });
};

/** The sums as numbers of their own, for a reader that wants no more; the cells as JSON, at half the bytes of a list. */
const rowOf = (
  { retentionSeconds }: Options,
  key: { tenantDay: string; hour: string },
  { all, cells }: Totals,
): Item =>
  marshall({
    ...key,
    ...all,
    cells: JSON.stringify(cells, withoutZeros),
    expiresAt: Math.ceil(hourStartMs(key.hour) / 1000) + retentionSeconds,
  });

/** A count that is not there is 0. */
const withoutZeros = (_name: string, value: unknown): unknown => (value === 0 ? undefined : value);

const lateHour = z.object({ hour: z.string(), markedAtMs: z.number() });

/** As many as fit a page, which is more than anyone will see; the next fold takes the others. */
export const lateHours = async ({
  client,
  totalsTable,
  now,
}: Pick<Options, 'client' | 'totalsTable' | 'now'>): Promise<readonly LateHour[]> => {
  const command = new QueryCommand({
    TableName: totalsTable,
    KeyConditionExpression: 'tenantDay = :late',
    ExpressionAttributeValues: { ':late': { S: LATE } },
  });
  const { Items } = await withRetries(RETRY_MS, () => client.send(command, bounded()));
  return liveItems(Items, now()).map((item) => lateHour.parse(unmarshall(item)));
};

const unmark = async ({ client, totalsTable }: Options, { hour, markedAtMs }: LateHour): Promise<void> => {
  const command = new DeleteItemCommand({
    TableName: totalsTable,
    Key: marshall({ tenantDay: LATE, hour }),
    ConditionExpression: 'markedAtMs = :seen',
    ExpressionAttributeValues: marshall({ ':seen': markedAtMs }),
  });
  try {
    await withRetries(RETRY_MS, () => client.send(command, bounded()));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
};
