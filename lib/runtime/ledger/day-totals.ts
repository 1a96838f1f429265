import { type AttributeValue, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { laneNames } from '../../pipeline/job/lane.ts';
import { jsonText } from '../../pipeline/json-text.ts';
import { providerNames, serviceTiers } from '../../pipeline/model/model.ts';
import { UNKNOWN } from '../../pipeline/money/ledger.ts';
import type { TotalsCell } from '../../pipeline/money/totals.ts';
import { bounded } from '../aws-client.ts';
import { liveItems } from '../live-item.ts';
import { withRetries } from '../retry.ts';
import { foldedUntilMs } from './fold-hours.ts';
import { counts } from './ledger-row.ts';
import { lateHours } from './totals-table.ts';

type Options = {
  client: DynamoDBClient;
  totalsTable: string;
  /** ms since 1970. */
  now(): number;
};

/** The totals table as whoever asks for costs reads it. Rejects when the table does not answer. */
export type DayTotals = {
  /** What stands in the totals of a day, of all its hours. Eventually consistent: they are minutes old anyway. */
  cellsOf(tenantDay: string): Promise<readonly TotalsCell[]>;
  /** What was entered until then is in the totals, in ms since 1970. */
  foldedUntilMs(): Promise<number | undefined>;
};

/** A person waits for the answer. In ms. */
const RETRY_MS = 3_000;

export const createDayTotals = (options: Options): DayTotals => ({
  cellsOf: (tenantDay) => cellsOf(options, tenantDay),
  foldedUntilMs: async () => foldedUntilMs(await lateHours(options)),
});

const row = z.object({
  cells: z.pipe(
    jsonText,
    z.array(
      z.object({
        provider: z.enum(providerNames),
        modelId: z.string(),
        tier: z.enum([...serviceTiers, 'unknown']),
        lane: z.enum([...laneNames, UNKNOWN]),
        ...counts,
      }),
    ),
  ),
});

const cellsOf = async ({ client, totalsTable, now }: Options, tenantDay: string): Promise<TotalsCell[]> => {
  const cells: TotalsCell[] = [];
  let start: Record<string, AttributeValue> | undefined;
  do {
    const command = new QueryCommand({
      TableName: totalsTable,
      KeyConditionExpression: 'tenantDay = :day',
      ExpressionAttributeValues: { ':day': { S: tenantDay } },
      ProjectionExpression: 'cells, expiresAt',
      ...(start && { ExclusiveStartKey: start }),
    });
    const { Items, LastEvaluatedKey } = await withRetries(RETRY_MS, () => client.send(command, bounded()));
    cells.push(...liveItems(Items, now()).flatMap((item) => row.parse(unmarshall(item)).cells));
    start = LastEvaluatedKey;
  } while (start !== undefined);
  return cells;
};
