import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import type { Subject, Subjects } from '../../pipeline/privacy/subject.ts';
import { type JobRecord, readJobRecord } from '../api/job-record.ts';
import { bounded } from '../aws-client.ts';
import { keyOfJob } from '../job-row.ts';
import { liveItem } from '../live-item.ts';
import { withRetries } from '../retry.ts';

type Options = {
  client: DynamoDBClient;
  tableName: string;
  indexName: string;
  /** ms since 1970. */
  now(): number;
  /** Jobs looked at for a page; by default some 300 KB of the index. */
  mostScanned?: number;
};

/** A job of the index, with whose data it holds. */
export type ListedJob = Subjects & { jobId: string; enqueuedAtMs: number };

export type JobsPage = { jobs: readonly ListedJob[]; cursor: string | undefined };

/** A row as the API reads it, and when it expires, in seconds since 1970. */
export type KeptJob = { record: JobRecord; expiresAt: number };

/** The jobs that are about somebody. All of it is safe to repeat. */
export type SubjectJobs = {
  /** One page of the tenant's jobs, without those that are not about the subject: it may be empty before the last. */
  page(subject: Subject, cursor: string | undefined): Promise<JobsPage>;
  read(job: ListedJob): Promise<KeptJob | undefined>;
  remove(job: ListedJob): Promise<void>;
};

/** Work in the background can wait. In ms. */
const RETRY_MS = 10_000;

const listed = z.object({
  jobId: z.string(),
  enqueuedAtMs: z.number(),
  tenantId: z.string(),
  creatorId: z.string(),
  subjectRefs: z._default(z.array(z.string()), []),
});

const expiring = z.object({ expiresAt: z.number() });

/**
 * The index that lists a tenant's jobs names their persons too, so that finding somebody's jobs costs reads when it is
 * asked for and no write of any job. It is a moment behind the table: who erases looks twice.
 */
export const createSubjectJobs = ({
  client,
  tableName,
  indexName,
  now,
  mostScanned = 1_000,
}: Options): SubjectJobs => ({
  page: async (subject, cursor) => {
    const command = new QueryCommand({
      TableName: tableName,
      IndexName: indexName,
      KeyConditionExpression: 'tenantId = :tenantId',
      ...filterOf(subject),
      ExclusiveStartKey: cursor === undefined ? undefined : readCursor(cursor),
      Limit: mostScanned,
    });
    const { Items = [], LastEvaluatedKey } = await withRetries(RETRY_MS, () =>
      client.send(command, bounded()),
    );
    return {
      jobs: Items.map((item) => listed.parse(unmarshall(item))),
      cursor: LastEvaluatedKey && JSON.stringify(LastEvaluatedKey),
    };
  },
  read: async (job) => {
    const command = new GetItemCommand({ TableName: tableName, Key: keyOfJob(job), ConsistentRead: true });
    const { Item } = await withRetries(RETRY_MS, () => client.send(command, bounded()));
    const live = liveItem(Item, now());
    // one that cannot be read must not be left out in silence
    return live && { record: readJobRecord(live), expiresAt: expiring.parse(unmarshall(live)).expiresAt };
  },
  remove: async (job) => {
    const command = new DeleteItemCommand({ TableName: tableName, Key: keyOfJob(job) });
    await withRetries(RETRY_MS, () => client.send(command, bounded()));
  },
});

const filterOf = ({ tenantId, kind, ref }: Subject) => {
  const values = { ':tenantId': tenantId };
  switch (kind) {
    case 'fan':
      return withValues({ ...values, ':ref': ref }, 'contains(subjectRefs, :ref)');
    case 'creator':
      return withValues({ ...values, ':ref': ref }, 'creatorId = :ref');
    case 'tenant':
      return withValues(values);
  }
};

const withValues = (values: Record<string, string>, filter?: string) => ({
  ExpressionAttributeValues: marshall(values),
  ...(filter !== undefined && { FilterExpression: filter }),
});

/** A cursor is a key of the index, as DynamoDB writes keys. */
const cursorKey = z.record(
  z.string(),
  z.union([z.strictObject({ S: z.string() }), z.strictObject({ N: z.string() })]),
);

const readCursor = (cursor: string): Record<string, AttributeValue> => cursorKey.parse(JSON.parse(cursor));
