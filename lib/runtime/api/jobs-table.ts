import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { ReceivedJob } from '../../pipeline/job/job.ts';
import { bounded } from '../aws-client.ts';
import { describeJob, keyOfJob, rowExpiry, rowValues } from '../job-row.ts';
import { liveItem } from '../live-item.ts';
import { withRetries } from '../retry.ts';
import { type JobRecord, readJobRecord } from './job-record.ts';
import { REQUEST_RETRY_MS } from './request-retry.ts';

export type JobsTableOptions = {
  client: DynamoDBClient;
  tableName: string;
  /** How long a job stays readable after its last write, in seconds. */
  retentionSeconds: number;
  /** ms since 1970. */
  now(): number;
};

export type JobKey = { tenantId: string; jobId: string };

/** `applied`: the row as it is now. `refused`: as it was found, `undefined` when there is none. */
export type Change =
  | { kind: 'applied'; record: JobRecord }
  | { kind: 'refused'; record: JobRecord | undefined };

/** The jobs table as the API uses it. All of it is safe to repeat, and rejects when the table does not answer. */
export type JobsTable = {
  read(key: JobKey): Promise<JobRecord | undefined>;
  /** Enters a job that nobody has heard of. */
  accept(job: ReceivedJob, bodyHash: string): Promise<Change>;
  /** Ends a job that has not ended; one that nobody has taken by its deadline has. */
  cancel(key: JobKey, nowMs: number): Promise<Change>;
  /** Lets a job run again that ended without an answer, as it was seen. */
  reopen(seen: JobRecord, deadlineAtMs: number): Promise<Change>;
};

export const createJobsTable = (options: JobsTableOptions): JobsTable => ({
  read: (key) => read(options, key),
  accept: ({ jobId, ...job }, bodyHash) =>
    enter(options, {
      tenantId: job.message.tenantId,
      jobId,
      ...describeJob({ jobId, ...job }),
      status: 'queued',
      bodyHash,
      runsCharged: 0,
      expiresAt: rowExpiry(job.enqueuedAtMs, options.retentionSeconds),
    }),
  cancel: (key, nowMs) =>
    update(options, key, {
      set: {
        status: 'canceled',
        reason: 'canceled-by-caller',
        endedAtMs: nowMs,
        expiresAt: rowExpiry(nowMs, options.retentionSeconds),
      },
      copy: { canceledFrom: 'status' },
      remove: ['message'],
      condition: '#status = :running OR (#status = :queued AND deadlineAtMs > :now)',
      values: { ':queued': 'queued', ':running': 'running', ':now': nowMs },
    }),
  reopen: ({ tenantId, jobId, status, retries, deadlineAtMs: seenDeadlineAtMs }, deadlineAtMs) =>
    update(
      options,
      { tenantId, jobId },
      {
        set: {
          status: 'queued',
          deadlineAtMs,
          retries: retries + 1,
          runsCharged: 0,
          expiresAt: rowExpiry(deadlineAtMs, options.retentionSeconds),
        },
        remove: ['reason', 'endedAtMs', 'claimId', 'leaseUntilMs'],
        condition: '#status = :seen AND #deadlineAtMs = :seenDeadline',
        values: { ':seen': status, ':seenDeadline': seenDeadlineAtMs },
      },
    ),
});

/** Consistent: who has just been told of a job must find it. */
const read = async (
  { client, tableName, now }: JobsTableOptions,
  key: JobKey,
): Promise<JobRecord | undefined> => {
  const command = new GetItemCommand({ TableName: tableName, Key: keyOfJob(key), ConsistentRead: true });
  const { Item } = await withRetries(REQUEST_RETRY_MS, () => client.send(command, bounded()));
  return recordOf(Item, now());
};

const recordOf = (item: Record<string, AttributeValue> | undefined, nowMs: number): JobRecord | undefined => {
  const live = liveItem(item, nowMs);
  return live && readJobRecord(live);
};

type Wish = {
  set: Record<string, unknown>;
  /** Attributes that take over what another one was before. */
  copy?: Record<string, string>;
  remove?: readonly string[];
  condition: string;
  values?: Record<string, unknown>;
};

const update = async (
  { client, tableName, now }: JobsTableOptions,
  key: JobKey,
  wish: Wish,
): Promise<Change> => {
  const command = new UpdateItemCommand({
    TableName: tableName,
    Key: keyOfJob(key),
    ...expressionsOf(wish),
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  return changeBy(now, async () => {
    const { Attributes = {} } = await withRetries(REQUEST_RETRY_MS, () => client.send(command, bounded()));
    return Attributes;
  });
};

/** The whole row at once: an expression for each attribute would cost both ends more than the row itself. */
const enter = (
  { client, tableName, now }: JobsTableOptions,
  row: Record<string, unknown>,
): Promise<Change> => {
  const Item = rowValues(row);
  const command = new PutItemCommand({
    TableName: tableName,
    Item,
    ConditionExpression: 'attribute_not_exists(jobId) OR expiresAt <= :nowSeconds',
    ExpressionAttributeValues: rowValues({ ':nowSeconds': Math.floor(now() / 1000) }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  return changeBy(now, async () => {
    await withRetries(REQUEST_RETRY_MS, () => client.send(command, bounded()));
    return Item;
  });
};

/** `write` resolves to the row as it is then. */
const changeBy = async (
  now: () => number,
  write: () => Promise<Record<string, AttributeValue>>,
): Promise<Change> => {
  try {
    return { kind: 'applied', record: readJobRecord(await write()) };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { kind: 'refused', record: recordOf(error.Item, now()) };
  }
};

const expressionsOf = ({
  set,
  copy = {},
  remove = [],
  condition,
  values = {},
}: Wish): Partial<UpdateItemCommandInput> => {
  const names = [...new Set([...Object.keys(set), ...Object.keys(copy), ...remove, 'status'])];
  const removal = remove.length === 0 ? '' : ` REMOVE ${remove.map((name) => `#${name}`).join(', ')}`;
  const clauses = [
    ...Object.keys(set).map((name) => `#${name} = :${name}`),
    ...Object.entries(copy).map(([name, from]) => `#${name} = #${from}`),
  ];
  const written = Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value]));
  return {
    UpdateExpression: `SET ${clauses.join(', ')}${removal}`,
    ConditionExpression: condition,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: rowValues({ ...written, ...values }),
  };
};
