import { type DynamoDBClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { bounded } from '../aws-client.ts';
import { liveItems } from '../live-item.ts';
import { withRetries } from '../retry.ts';
import { type JobRecord, readListedRecord } from './job-record.ts';
import { REQUEST_RETRY_MS } from './request-retry.ts';

/** Where a page ends: the key of its last job in the index. */
export type Place = { jobId: string; enqueuedAtMs: number };

/** `fromMs` included, `toMs` not. `nowMs`: a job that waited until its deadline is found as expired (`lifeOf`). */
export type JobsSearch = {
  tenantId: string;
  fromMs: number;
  toMs: number;
  nowMs: number;
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

/** What may be asked for besides time; all of it is in the index. */
const filterable = ['lane', 'creatorId'] as const;

export const createJobsIndex = (options: Options): JobsIndex => ({
  search: async (search, mostScanned) => {
    const command = new QueryCommand({ ...queryOf(options, search), Limit: mostScanned });
    const { Items = [], LastEvaluatedKey } = await withRetries(REQUEST_RETRY_MS, () =>
      options.client.send(command, bounded()),
    );
    // a row that nobody can read any more must not take the others with it
    const records = liveItems(Items, search.nowMs).flatMap((item) => readListedRecord(item) ?? []);
    if (LastEvaluatedKey === undefined) return { records };
    const { jobId, enqueuedAtMs } = LastEvaluatedKey;
    return { records, end: { jobId: jobId?.S ?? '', enqueuedAtMs: Number(enqueuedAtMs?.N) } };
  },
});

const queryOf = ({ tableName, indexName }: Options, search: JobsSearch): QueryCommandInput => {
  const { tenantId, fromMs, toMs, after } = search;
  const { conditions, values } = filtersOf(search);
  const names = ['status', ...filterable].filter((name) => conditions.some((it) => it.includes(`#${name}`)));
  return {
    TableName: tableName,
    IndexName: indexName,
    KeyConditionExpression: 'tenantId = :tenantId AND enqueuedAtMs BETWEEN :fromMs AND :lastMs',
    ExpressionAttributeValues: marshall({
      ':tenantId': tenantId,
      ':fromMs': fromMs,
      ':lastMs': toMs - 1,
      ...values,
    }),
    ...(conditions.length > 0 && {
      FilterExpression: conditions.join(' AND '),
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    }),
    ...(after && { ExclusiveStartKey: marshall({ tenantId, ...after }) }),
    ScanIndexForward: false,
  };
};

type Filters = { conditions: string[]; values: Record<string, string | number> };

const filtersOf = (search: JobsSearch): Filters => {
  const filters = statusFilter(search);
  for (const name of filterable) {
    const wanted = search[name];
    if (wanted === undefined) continue;
    filters.conditions.push(`#${name} = :${name}`);
    filters.values[`:${name}`] = wanted;
  }
  return filters;
};

const statusFilter = ({ status, nowMs }: JobsSearch): Filters => {
  switch (status) {
    case undefined:
      return { conditions: [], values: {} };
    case 'queued':
      return {
        conditions: ['#status = :status AND deadlineAtMs > :now'],
        values: { ':status': status, ':now': nowMs },
      };
    case 'expired':
      return {
        conditions: ['(#status = :status OR (#status = :queued AND deadlineAtMs <= :now))'],
        values: { ':status': status, ':queued': 'queued', ':now': nowMs },
      };
    default:
      return { conditions: ['#status = :status'], values: { ':status': status } };
  }
};
