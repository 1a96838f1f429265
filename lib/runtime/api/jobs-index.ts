import { type DynamoDBClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { bounded } from '../aws-client.ts';
import { withRetries } from '../retry.ts';
import { type JobRecord, readJobRecord } from './job-record.ts';

/** Where a page ends: the key of its last job in the index. */
export type Place = { jobId: string; enqueuedAtMs: number };

/** `fromMs` included, `toMs` not. */
export type JobsSearch = {
  tenantId: string;
  fromMs: number;
  toMs: number;
  status?: string | undefined;
  lane?: string | undefined;
  creatorId?: string | undefined;
  after?: Place | undefined;
};

/** `end`: where the next look begins; absent when there is no more. */
export type Found = { records: readonly JobRecord[]; end?: Place };

/** A tenant's jobs by the time they were accepted, newest first. */
export type JobsIndex = { search(search: JobsSearch, mostScanned: number): Promise<Found> };

type Options = { client: DynamoDBClient; tableName: string; indexName: string };

const RETRY_MS = 3_000;

/** What may be asked for besides time; all of it is in the index. */
const filterable = ['status', 'lane', 'creatorId'] as const;

export const createJobsIndex = (options: Options): JobsIndex => ({
  search: async (search, mostScanned) => {
    const command = new QueryCommand({ ...queryOf(options, search), Limit: mostScanned });
    const { Items = [], LastEvaluatedKey } = await withRetries(RETRY_MS, () =>
      options.client.send(command, bounded()),
    );
    const records = Items.map(readJobRecord);
    if (LastEvaluatedKey === undefined) return { records };
    const { jobId, enqueuedAtMs } = LastEvaluatedKey;
    return { records, end: { jobId: jobId?.S ?? '', enqueuedAtMs: Number(enqueuedAtMs?.N) } };
  },
});

const queryOf = ({ tableName, indexName }: Options, search: JobsSearch): QueryCommandInput => {
  const { tenantId, fromMs, toMs, after } = search;
  const filters = filterable.filter((name) => search[name] !== undefined);
  return {
    TableName: tableName,
    IndexName: indexName,
    KeyConditionExpression: 'tenantId = :tenantId AND enqueuedAtMs BETWEEN :fromMs AND :lastMs',
    ExpressionAttributeValues: marshall({
      ':tenantId': tenantId,
      ':fromMs': fromMs,
      ':lastMs': toMs - 1,
      ...Object.fromEntries(filters.map((name) => [`:${name}`, search[name]])),
    }),
    ...(filters.length > 0 && {
      FilterExpression: filters.map((name) => `#${name} = :${name}`).join(' AND '),
      ExpressionAttributeNames: Object.fromEntries(filters.map((name) => [`#${name}`, name])),
    }),
    ...(after && { ExclusiveStartKey: marshall({ tenantId, ...after }) }),
    ScanIndexForward: false,
  };
};
