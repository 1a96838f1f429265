import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { bounded } from '../aws-client.ts';
import { liveItem, liveItems } from '../live-item.ts';
import { withRetries } from '../retry.ts';
import { isOpen, type PrivacyRecord, readPrivacyRecord } from './privacy-record.ts';

type Options = {
  client: DynamoDBClient;
  tableName: string;
  /** How long a request is kept after it was recorded, in seconds. */
  retentionSeconds: number;
  /** ms since 1970. */
  now(): number;
};

type Key = Pick<PrivacyRecord, 'tenantId' | 'requestId'>;

/** `isNew`: this call has recorded it, or one before whose reply was lost. */
export type Recorded = { isNew: boolean; record: PrivacyRecord };

/** The requests of persons. All of it is safe to repeat, and rejects when the table does not answer. */
export type PrivacyTable = {
  /** Records a request, unless there is one of its id: then that one comes back. */
  record(request: PrivacyRecord): Promise<Recorded>;
  read(key: Key): Promise<PrivacyRecord | undefined>;
};

/** An open request, as the index has it. */
export type OpenRequest = Key & { workAtMs: number; receivedAtMs: number };

/** What those need who carry requests out. */
export type PrivacyDesk = PrivacyTable & {
  /** All that are open, whatever is due first. */
  listOpen(): Promise<readonly OpenRequest[]>;
  /** All of a tenant, open or not. */
  listOf(tenantId: string): Promise<readonly PrivacyRecord[]>;
  /** Writes the record anew, unless somebody has changed it since it was read: then nothing happens. */
  change(seen: PrivacyRecord, changed: PrivacyRecord): Promise<PrivacyRecord | undefined>;
};

/** How long a call is repeated, in ms: a person waits, or the next run would do it again. */
const RETRY_MS = 3_000;

export const createPrivacyTable = (options: Options): PrivacyTable => ({
  record: (request) => record(options, request),
  read: (key) => read(options, key),
});

export const createPrivacyDesk = (options: Options & { indexName: string }): PrivacyDesk => ({
  ...createPrivacyTable(options),
  listOpen: async () => {
    const items = await queryAll(options, {
      IndexName: options.indexName,
      KeyConditionExpression: '#open = :open',
      ExpressionAttributeNames: { '#open': 'open' },
      ExpressionAttributeValues: marshall({ ':open': OPEN }),
    });
    return items.map((item) => openRequest.parse(unmarshall(item)));
  },
  listOf: async (tenantId) => {
    const items = await queryAll(options, {
      KeyConditionExpression: 'tenantId = :tenantId',
      ExpressionAttributeValues: marshall({ ':tenantId': tenantId }),
    });
    return items.map(readPrivacyRecord);
  },
  change: async (seen, changed) => {
    const next = { ...changed, version: seen.version + 1 };
    const condition = {
      ConditionExpression: '#version = :seen',
      ExpressionAttributeNames: { '#version': 'version' },
    };
    const command = new PutItemCommand({
      TableName: options.tableName,
      Item: itemOf(options, next),
      ...condition,
      ExpressionAttributeValues: marshall({ ':seen': seen.version }),
    });
    try {
      await withRetries(RETRY_MS, () => options.client.send(command, bounded()));
      return next;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  },
});

/** The partition of the index that has all open requests: there are few, and they leave it when they are answered. */
const OPEN = 'open';

const openRequest = z.object({
  tenantId: z.string(),
  requestId: z.string(),
  workAtMs: z.number(),
  receivedAtMs: z.number(),
});

const itemOf = ({ retentionSeconds }: Options, request: PrivacyRecord) =>
  marshall(
    {
      ...request,
      expiresAt: Math.ceil(request.recordedAtMs / 1000) + retentionSeconds,
      ...(isOpen(request) && { open: OPEN, workAtMs: request.progress.dueAtMs }),
    },
    { removeUndefinedValues: true },
  );

const record = async (options: Options, request: PrivacyRecord): Promise<Recorded> => {
  const command = new PutItemCommand({
    TableName: options.tableName,
    Item: itemOf(options, request),
    ConditionExpression: 'attribute_not_exists(requestId) OR expiresAt <= :nowSeconds',
    ExpressionAttributeValues: marshall({ ':nowSeconds': Math.floor(options.now() / 1000) }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    await withRetries(RETRY_MS, () => options.client.send(command, bounded()));
    return { isNew: true, record: request };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
    const found = readPrivacyRecord(error.Item);
    return { isNew: found.auditId === request.auditId, record: found };
  }
};

/** Consistent: who has just been told of a request must find it. */
const read = async (
  { client, tableName, now }: Options,
  { tenantId, requestId }: Key,
): Promise<PrivacyRecord | undefined> => {
  const command = new GetItemCommand({
    TableName: tableName,
    Key: marshall({ tenantId, requestId }),
    ConsistentRead: true,
  });
  const { Item } = await withRetries(RETRY_MS, () => client.send(command, bounded()));
  const live = liveItem(Item, now());
  return live && readPrivacyRecord(live);
};

type Asked = Partial<ConstructorParameters<typeof QueryCommand>[0]>;

const queryAll = async ({ client, tableName, now }: Options, asked: Asked) => {
  const items: Parameters<typeof readPrivacyRecord>[0][] = [];
  let ExclusiveStartKey: Asked['ExclusiveStartKey'];
  do {
    const command = new QueryCommand({ TableName: tableName, ...asked, ExclusiveStartKey });
    const page = await withRetries(RETRY_MS, () => client.send(command, bounded()));
    items.push(...liveItems(page.Items, now()));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return items;
};
