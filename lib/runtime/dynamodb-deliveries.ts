import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { type LaneName, laneNames } from '../pipeline/job/lane.ts';
import { briefly } from './briefly.ts';
import { liveItems } from './live-item.ts';

type Options = {
  client: DynamoDBClient;
  /** The fleet's table. */
  tableName: string;
  /** ms since 1970. */
  now(): number;
  /** Told of a write that failed: no job waits for it. */
  onFault?(error: unknown): void;
};

/** Of what a lane's workers were given in the minute up to `atMs` or so, the oldest message was sent at `sentAtMs`. */
export type OldestDelivery = { sentAtMs: number; atMs: number };

/** How old what lanes hand out is. SQS tells nobody how long its messages have waited, but whoever it gives them to. */
export type Deliveries = {
  /** A batch whose oldest message was sent then. Never rejects. */
  delivered(lane: LaneName, sentAtMs: number): Promise<void>;
  /** For operators. A lane that gave nothing to anybody for a day is not in it. Rejects when the table fails. */
  list(): Promise<ReadonlyMap<LaneName, OldestDelivery>>;
};

const FAMILY = 'delivery';

/** An environment tells so often, and a younger message takes the place of one that is so long ago. In ms. */
const TELL_EVERY_MS = 60_000;

/** How long a lane that hands out nothing is remembered, in seconds. */
const KEPT_FOR_SECONDS = 86_400;

/** One write a minute and environment, refused when another one has told of an older message in that minute. */
export const createDynamoDbDeliveries = (options: Options): Deliveries => {
  let nextAtMs = -Infinity;
  let untoldMs = Infinity;
  return {
    delivered: async (lane, sentAtMs) => {
      untoldMs = Math.min(untoldMs, sentAtMs);
      const nowMs = options.now();
      if (nowMs < nextAtMs) return;
      const oldest = { sentAtMs: untoldMs, atMs: nowMs };
      nextAtMs = nowMs + TELL_EVERY_MS;
      untoldMs = Infinity;
      await tell(options, lane, oldest).catch(options.onFault);
    },
    list: () => list(options),
  };
};

const IS_NEWS = 'attribute_not_exists(atMs) OR atMs <= :aMinuteAgo OR sentAtMs > :sentAtMs';

const tell = async (
  { client, tableName }: Options,
  lane: LaneName,
  { sentAtMs, atMs }: OldestDelivery,
): Promise<void> => {
  const command = new UpdateItemCommand({
    TableName: tableName,
    Key: marshall({ family: FAMILY, name: lane }),
    UpdateExpression: 'SET sentAtMs = :sentAtMs, atMs = :atMs, expiresAt = :expiresAt',
    ConditionExpression: IS_NEWS,
    ExpressionAttributeValues: marshall({
      ':sentAtMs': sentAtMs,
      ':atMs': atMs,
      ':aMinuteAgo': atMs - TELL_EVERY_MS,
      ':expiresAt': Math.ceil(atMs / 1000) + KEPT_FOR_SECONDS,
    }),
  });
  try {
    await briefly((call) => client.send(command, call));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
};

const recordSchema = z.object({ name: z.enum(laneNames), sentAtMs: z.number(), atMs: z.number() });

const list = async ({ client, tableName, now }: Options): Promise<ReadonlyMap<LaneName, OldestDelivery>> => {
  const command = new QueryCommand({
    TableName: tableName,
    KeyConditionExpression: '#family = :family',
    ExpressionAttributeNames: { '#family': 'family' },
    ExpressionAttributeValues: { ':family': { S: FAMILY } },
  });
  const { Items } = await briefly((call) => client.send(command, call));
  return new Map(
    liveItems(Items, now()).flatMap((item) => {
      const { data } = recordSchema.safeParse(unmarshall(item));
      return data === undefined ? [] : [[data.name, { sentAtMs: data.sentAtMs, atMs: data.atMs }] as const];
    }),
  );
};
