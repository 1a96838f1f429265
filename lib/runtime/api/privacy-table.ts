import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { privacyRights, privacyStatuses, subjectKinds } from '../../pipeline/privacy/privacy-request.ts';
import { bounded } from '../aws-client.ts';
import { liveItem } from '../live-item.ts';
import { withRetries } from '../retry.ts';
import { REQUEST_RETRY_MS } from './request-retry.ts';

type Options = {
  client: DynamoDBClient;
  tableName: string;
  /** How long a request is kept after it was recorded, in seconds. */
  retentionSeconds: number;
  /** ms since 1970. */
  now(): number;
};

/** Times are ms since 1970. */
const privacyRecord = z.object({
  tenantId: z.string(),
  requestId: z.string(),
  right: z.enum(privacyRights),
  subjectKind: z.enum(subjectKinds),
  /** Personal: it stays in the record, and is in no answer, log or alert. */
  subjectRef: z.string(),
  status: z.enum(privacyStatuses),
  /** When the person asked. */
  receivedAtMs: z.number(),
  /** The last day to answer on, in UTC. */
  dueOn: z.string(),
  completedAtMs: z.exactOptional(z.number()),
  recordedAtMs: z.number(),
  /** The client that brought it. */
  recordedBy: z.string(),
  /** What the audit trail calls it: the requestId may be made of a key of the caller's. */
  auditId: z.string(),
  /** Of the order that it came by. */
  bodyHash: z.string(),
});

/** A privacy request as the table keeps it. */
export type PrivacyRecord = z.infer<typeof privacyRecord>;

/** `isNew`: this call has recorded it, or one before whose reply was lost. */
export type Recorded = { isNew: boolean; record: PrivacyRecord };

/** The requests of persons. All of it is safe to repeat, and rejects when the table does not answer. */
export type PrivacyTable = {
  /** Records a request, unless there is one of its id: then that one comes back. */
  record(request: PrivacyRecord): Promise<Recorded>;
  read(key: Pick<PrivacyRecord, 'tenantId' | 'requestId'>): Promise<PrivacyRecord | undefined>;
};

export const createPrivacyTable = (options: Options): PrivacyTable => ({
  record: (request) => record(options, request),
  read: (key) => read(options, key),
});

const record = async (
  { client, tableName, retentionSeconds, now }: Options,
  request: PrivacyRecord,
): Promise<Recorded> => {
  const expiresAt = Math.ceil(request.recordedAtMs / 1000) + retentionSeconds;
  const command = new PutItemCommand({
    TableName: tableName,
    Item: marshall({ ...request, expiresAt }, { removeUndefinedValues: true }),
    ConditionExpression: 'attribute_not_exists(requestId) OR expiresAt <= :nowSeconds',
    ExpressionAttributeValues: marshall({ ':nowSeconds': Math.floor(now() / 1000) }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    await withRetries(REQUEST_RETRY_MS, () => client.send(command, bounded()));
    return { isNew: true, record: request };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
    const found = readRecord(error.Item);
    return { isNew: found.auditId === request.auditId, record: found };
  }
};

/** Consistent: who has just been told of a request must find it. */
const read = async (
  { client, tableName, now }: Options,
  { tenantId, requestId }: Pick<PrivacyRecord, 'tenantId' | 'requestId'>,
): Promise<PrivacyRecord | undefined> => {
  const command = new GetItemCommand({
    TableName: tableName,
    Key: marshall({ tenantId, requestId }),
    ConsistentRead: true,
  });
  const { Item } = await withRetries(REQUEST_RETRY_MS, () => client.send(command, bounded()));
  const live = liveItem(Item, now());
  return live && readRecord(live);
};

const readRecord = (item: Record<string, AttributeValue>): PrivacyRecord =>
  privacyRecord.parse(unmarshall(item));
