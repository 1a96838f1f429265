import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { bounded } from '../aws-client.ts';
import { sealedBytes } from '../job-row.ts';
import { withRetries } from '../retry.ts';
import { together } from './together.ts';

/** What is kept of one subject. Its name is a keyed hash, so nobody's id is in it. */
const subjectRow = z.object({
  name: z.string(),
  /** Wrapped: a tenant's by KMS, all others by their tenant's key. Absent once it is destroyed. */
  wrappedKey: z.exactOptional(sealedBytes),
  erasedAtMs: z.exactOptional(z.number()),
  restrictedAtMs: z.exactOptional(z.number()),
  /** Raised by every change. */
  version: z.number(),
  /** In seconds since 1970. */
  expiresAt: z.number(),
});

export type SubjectRow = z.infer<typeof subjectRow>;

type Change = {
  set: Omit<Partial<SubjectRow>, 'name' | 'version'> & Pick<SubjectRow, 'expiresAt'>;
  remove?: readonly (keyof SubjectRow)[];
};

/** `refused`: it is as `current` now, or the change was applied and its reply lost. */
export type Changed = { kind: 'changed' } | { kind: 'refused'; current: SubjectRow | undefined };

/** The table of subjects' keys and marks. It has no backup: what is deleted here is gone. */
export type SubjectRows = {
  /** Consistent, by name; whoever has no row, or one that has expired, is absent. Others may be there who were asked for by others. */
  read(names: readonly string[]): Promise<ReadonlyMap<string, SubjectRow>>;
  /** Changes a row that is still as it was seen. */
  change(name: string, seen: SubjectRow | undefined, change: Change): Promise<Changed>;
};

export type RowsOptions = {
  client: DynamoDBClient;
  tableName: string;
  /** How long a read waits for what others ask for, in ms. */
  gatherMs?: number;
  now(): number;
};

/** What BatchGetItem takes at a time (DynamoDB's limit). */
const CHUNK = 100;

/** A job waits for it. In ms. */
const RETRY_MS = 1_500;

export const createSubjectRows = (options: RowsOptions): SubjectRows => ({
  read: together((names) => readAll(options, names), options.gatherMs),
  change: (name, seen, change) => update(options, name, seen, change),
});

const readAll = async (options: RowsOptions, names: readonly string[]) => {
  const chunks = Array.from({ length: Math.ceil(names.length / CHUNK) }, (_, index) =>
    names.slice(index * CHUNK, (index + 1) * CHUNK),
  );
  const found = (await Promise.all(chunks.map((chunk) => readChunk(options, chunk)))).flat();
  const alive = found.map(rowOf).filter(({ expiresAt }) => expiresAt * 1000 > options.now());
  return new Map(alive.map((row) => [row.name, row]));
};

type Item = Record<string, AttributeValue>;

/** Thrown when DynamoDB leaves keys out of its answer, as it does when it has no capacity; it passes. */
class Unprocessed extends Error {
  override name = 'ThrottlingException';
}

const readChunk = async ({ client, tableName }: RowsOptions, names: readonly string[]): Promise<Item[]> => {
  const Keys = names.map((name) => ({ name: { S: name } }));
  const command = new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys, ConsistentRead: true } } });
  return withRetries(RETRY_MS, async () => {
    const { Responses, UnprocessedKeys = {} } = await client.send(command, bounded());
    if (Object.keys(UnprocessedKeys).length > 0) throw new Unprocessed();
    return Responses?.[tableName] ?? [];
  });
};

/** Of a row that is changed. */
export const versionAfter = (seen: SubjectRow | undefined): number => (seen?.version ?? 0) + 1;

const rowOf = (item: Item): SubjectRow => subjectRow.parse(unmarshall(item));

/** A row that has expired may still be there (TTL deletes within days of it), and counts as none. */
const IS_NEW = 'attribute_not_exists(#version) OR #expiresAt <= :nowSeconds';

const update = async (
  { client, tableName, now }: RowsOptions,
  name: string,
  seen: SubjectRow | undefined,
  { set, remove = [] }: Change,
): Promise<Changed> => {
  const written = { ...set, version: versionAfter(seen) };
  const fields = Object.keys(written);
  const clauses = fields.map((field) => `#${field} = :${field}`);
  const removal = remove.length === 0 ? '' : ` REMOVE ${remove.map((field) => `#${field}`).join(', ')}`;
  const command = new UpdateItemCommand({
    TableName: tableName,
    Key: { name: { S: name } },
    UpdateExpression: `SET ${clauses.join(', ')}${removal}`,
    ConditionExpression: seen === undefined ? IS_NEW : '#version = :seen',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    ExpressionAttributeNames: Object.fromEntries([...fields, ...remove].map((field) => [`#${field}`, field])),
    ExpressionAttributeValues: marshall({
      ...Object.fromEntries(Object.entries(written).map(([field, value]) => [`:${field}`, value])),
      ...(seen === undefined ? { ':nowSeconds': Math.floor(now() / 1000) } : { ':seen': seen.version }),
    }),
  });
  try {
    await withRetries(RETRY_MS, () => client.send(command, bounded()));
    return { kind: 'changed' };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { kind: 'refused', current: error.Item && rowOf(error.Item) };
  }
};
