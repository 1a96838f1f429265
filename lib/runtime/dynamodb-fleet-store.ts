import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { jsonText } from '../pipeline/json-text.ts';
import type { FleetKey, FleetRecord, FleetStore, Replaced } from '../pipeline/ports.ts';
import { briefly } from './briefly.ts';
import { liveItem } from './live-item.ts';

type Options = {
  client: DynamoDBClient;
  tableName: string;
  /** ms since 1970. */
  now(): number;
};

type Item = Record<string, AttributeValue>;

/**
 * Records that the fleet shares, in one DynamoDB table keyed by family and name. The value is JSON text, so that a
 * person can read and edit it in the console; who edits it raises the version with it.
 */
export const createDynamoDbFleetStore = (options: Options): FleetStore => ({
  list: (family) => list(options, family),
  replace: (key, seenVersion, value, keepForMs) => replace(options, key, { seenVersion, value, keepForMs }),
});

/** Eventually consistent, at half the price: whoever writes on what it has seen is refused if that was stale. */
const list = async (options: Options, family: string): Promise<readonly FleetRecord[]> => {
  const records: FleetRecord[] = [];
  let start: Item | undefined;
  do {
    const page = await queryPage(options, family, start);
    records.push(...(page.Items ?? []).flatMap((item) => readRecord(item, options.now()) ?? []));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return records;
};

const queryPage = ({ client, tableName }: Options, family: string, start: Item | undefined) => {
  const command = new QueryCommand({
    TableName: tableName,
    KeyConditionExpression: '#family = :family',
    ExpressionAttributeNames: { '#family': 'family' },
    ExpressionAttributeValues: { ':family': { S: family } },
    ...(start && { ExclusiveStartKey: start }),
  });
  return briefly((call) => client.send(command, call));
};

/** Beyond it a version plus one is the same number. */
const MOST_VERSION = 2 ** 52;

/**
 * TTL deletes hours late, so both conditions look at the expiry. A record that a person made may have no version, or
 * one that is none: what cannot be read is absent, and may be overwritten.
 */
const ABSENT =
  'attribute_not_exists(#version) OR NOT attribute_type(#version, :number) OR #version < :one OR #version > :most ' +
  'OR (attribute_exists(#expiresAt) AND NOT attribute_type(#expiresAt, :number)) OR #expiresAt <= :now';
const AS_SEEN = '#version = :seen AND NOT #expiresAt <= :now';

type Change = { seenVersion: number; value: unknown; keepForMs: number };

/**
 * Safe to repeat: a write whose reply was lost finds its own id when it is refused the second time. If another worker
 * has built upon it by then, it is taken for refused, and its rule applied once more.
 */
const replace = async (options: Options, key: FleetKey, change: Change): Promise<Replaced> => {
  const { client, tableName, now } = options;
  const writeId = randomUUID();
  const command = new UpdateItemCommand({
    TableName: tableName,
    Key: { family: { S: key.family }, name: { S: key.name } },
    ...expressionsOf(change, writeId, now()),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    await briefly((call) => client.send(command, call));
    return { kind: 'replaced' };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    if (error.Item?.writeId?.S === writeId) return { kind: 'replaced' };
    return { kind: 'changed', current: error.Item && readRecord(error.Item, now()) };
  }
};

const expressionsOf = ({ seenVersion, value, keepForMs }: Change, writeId: string, nowMs: number) => {
  const written = {
    version: seenVersion + 1,
    value: JSON.stringify(value),
    expiresAt: Math.ceil((nowMs + keepForMs) / 1000),
    writeId,
  };
  const names = Object.keys(written);
  return {
    UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
    ConditionExpression: seenVersion === 0 ? ABSENT : AS_SEEN,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: marshall({
      ...Object.fromEntries(Object.entries(written).map(([name, given]) => [`:${name}`, given])),
      ':now': Math.floor(nowMs / 1000),
      ...(seenVersion > 0 ? { ':seen': seenVersion } : { ':number': 'N', ':one': 1, ':most': MOST_VERSION }),
    }),
  };
};

/** What a person has mistyped is `undefined`, as if nobody had written it. (`z.catch` would bring 10 KB into every cold start.) */
const jsonOrNothing = z.pipe(
  z.optional(z.unknown()),
  z.transform((text): unknown => jsonText.safeParse(text).data),
);

const row = z.object({
  name: z.string(),
  version: z._default(z.number().check(z.minimum(0), z.maximum(MOST_VERSION)), 0),
  value: jsonOrNothing,
});

const readRecord = (item: Item, nowMs: number): FleetRecord | undefined => {
  const live = liveItem(item, nowMs);
  const parsed = row.safeParse(live && readItem(live));
  if (!parsed.success) return undefined;
  const { name, version, value } = parsed.data;
  return { name, version, value };
};

/** One number that JavaScript cannot hold must not hide all other records. */
const readItem = (item: Item): unknown => {
  try {
    return unmarshall(item);
  } catch {
    return undefined;
  }
};
