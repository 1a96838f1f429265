import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { tenantDayOf } from '../../pipeline/money/totals.ts';
import { bounded } from '../aws-client.ts';
import { liveItems } from '../live-item.ts';
import { withRetries } from '../retry.ts';

/** Reads what the totals of a tenant's day come to, in micro-dollars. */
export type SpentOn = (tenantId: string, day: string) => Promise<number>;

type Options = {
  client: DynamoDBClient;
  totalsTable: string;
  /** For how long a read that fails in passing is repeated, in ms. */
  retryMs: number;
  /** ms since 1970. */
  now(): number;
};

const cost = z.object({ costMicroUsd: z.number() });

/** Consistent: whoever asks may have written them just before. 24 rows at most, which fit a page. */
export const createSpentOn =
  ({ client, totalsTable, retryMs, now }: Options): SpentOn =>
  async (tenantId, day) => {
    const command = new QueryCommand({
      TableName: totalsTable,
      KeyConditionExpression: 'tenantDay = :day',
      ExpressionAttributeValues: { ':day': { S: tenantDayOf(tenantId, day) } },
      ProjectionExpression: 'costMicroUsd, expiresAt',
      ConsistentRead: true,
    });
    const { Items } = await withRetries(retryMs, () => client.send(command, bounded()));
    return liveItems(Items, now()).reduce((sum, item) => sum + cost.parse(unmarshall(item)).costMicroUsd, 0);
  };
