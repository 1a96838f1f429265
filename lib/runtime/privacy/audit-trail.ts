import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import {
  type AuditedAct,
  type AuditHead,
  type AuditRecord,
  emptyChain,
  nextRecord,
} from '../../pipeline/privacy/audit-chain.ts';
import { bounded } from '../aws-client.ts';
import { withRetries } from '../retry.ts';
import { sha256 } from '../sha256.ts';
import { systemClock } from '../system-clock.ts';

export type AuditTable = {
  client: DynamoDBClient;
  tableName: string;
  /** How long a record is kept, in seconds. */
  retentionSeconds: number;
  /** ms since 1970. */
  now(): number;
};

/** What a function that appends is told by its environment. */
export type AuditVariables = { AUDIT_TABLE: string; AUDIT_RETENTION_SECONDS: number };

export const auditTableOf = (settings: AuditVariables, client: DynamoDBClient): AuditTable => ({
  client,
  tableName: settings.AUDIT_TABLE,
  retentionSeconds: settings.AUDIT_RETENTION_SECONDS,
  now: systemClock.now,
});

/** Writes a chain of the audit trail. */
export type AuditTrail = {
  /** Resolves when the record is in the chain; rejects when the table does not answer, and then it may be there. */
  append(act: AuditedAct): Promise<AuditRecord>;
};

const auditRecord = z.object({
  chain: z.string(),
  sequence: z.number(),
  atMs: z.number(),
  action: z.string(),
  actor: z.string(),
  target: z.string(),
  requestId: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  previousHash: z.string(),
  hash: z.string(),
});

/** An act waits for its record. In ms. */
const APPEND_RETRY_MS = 3_000;

/** Others that append meanwhile: each of them gets on by one, so that so many at once all do. */
const MOST_RACES = 50;

/**
 * Each function has a chain of its own, which it alone may write to. The end of the chain is kept in mind, so that a
 * record costs one write; one that another environment has written meanwhile costs a read and a second try.
 */
export const createAuditTrail = (options: AuditTable, chain: string): AuditTrail => {
  let head: AuditHead | undefined;
  const append = async (act: AuditedAct): Promise<AuditRecord> => {
    for (let races = 0; races < MOST_RACES; races += 1) {
      head ??= await readHead(options, chain);
      const record = nextRecord(chain, head, { act, atMs: options.now() }, sha256);
      const isMine = await put(options, record);
      head = isMine ? record : undefined;
      if (isMine) return record;
    }
    throw new Error('the audit trail is written to faster than it can be');
  };
  return { append: inTurn(append) };
};

/** One after the other: those of one environment need not race. */
const inTurn = <Input, Output>(work: (input: Input) => Promise<Output>) => {
  let last: Promise<unknown> = Promise.resolve();
  return (input: Input): Promise<Output> => {
    const mine = last.then(() => work(input));
    last = mine.catch(() => undefined);
    return mine;
  };
};

const readHead = async ({ client, tableName }: AuditTable, chain: string): Promise<AuditHead> => {
  const command = new QueryCommand({
    TableName: tableName,
    KeyConditionExpression: 'chain = :chain',
    ExpressionAttributeValues: marshall({ ':chain': chain }),
    ConsistentRead: true,
    ScanIndexForward: false,
    Limit: 1,
  });
  const { Items: [last] = [] } = await withRetries(APPEND_RETRY_MS, () => client.send(command, bounded()));
  return last === undefined ? emptyChain : readRecord(last);
};

/** Whether this record is the one of its number. One that was written before its reply was lost is recognised. */
const put = async (
  { client, tableName, retentionSeconds }: AuditTable,
  record: AuditRecord,
): Promise<boolean> => {
  const expiresAt = Math.ceil(record.atMs / 1000) + retentionSeconds;
  const command = new PutItemCommand({
    TableName: tableName,
    Item: marshall({ ...record, expiresAt }),
    ConditionExpression: 'attribute_not_exists(chain)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    await withRetries(APPEND_RETRY_MS, () => client.send(command, bounded()));
    return true;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return error.Item !== undefined && readRecord(error.Item).hash === record.hash;
  }
};

/** Reads a chain from its first record, page by page. */
export const readChain = async function* (
  { client, tableName }: Pick<AuditTable, 'client' | 'tableName'>,
  chain: string,
): AsyncGenerator<AuditRecord> {
  let from: Record<string, AttributeValue> | undefined;
  do {
    const command = new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: 'chain = :chain',
      ExpressionAttributeValues: marshall({ ':chain': chain }),
      ExclusiveStartKey: from,
      ConsistentRead: true,
    });
    const { Items = [], LastEvaluatedKey } = await withRetries(APPEND_RETRY_MS, () =>
      client.send(command, bounded()),
    );
    for (const item of Items) yield readRecord(item);
    from = LastEvaluatedKey;
  } while (from !== undefined);
};

const readRecord = (item: Record<string, AttributeValue>): AuditRecord => auditRecord.parse(unmarshall(item));
