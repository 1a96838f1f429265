import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { START_WINDOW_MS } from '../pipeline/fleet/user-starts.ts';
import type { Started, UserStarts } from '../pipeline/ports.ts';
import { bounded } from './aws-client.ts';
import { withRetries } from './retry.ts';

type Options = {
  client: DynamoDBClient;
  /** The fleet's table. */
  tableName: string;
  /** Starts of one user in a window; at least 1. */
  limit: number;
};

/** How long a user's starts stay after the last one, in seconds. Only the window matters. */
const KEPT_FOR_SECONDS = 600;

/** Without its start a job goes back to its lane, so a slow table is waited for; only one that fails is not. In ms. */
const RETRY_MS = 1_000;

/** A start that never was: long before any window. In ms since 1970. */
const NEVER_MS = 0;

/**
 * The sliding window as a shift register on one item: s0 is the oldest of the last `limit` starts, and each start moves
 * all of them by one in the same conditional write that checks s0. A start whose reply was lost and which is repeated
 * counts twice: the user waits longer than need be, and never starts too often.
 */
export const createDynamoDbUserStarts = (options: Options): UserStarts => ({
  start: (user, nowMs) => start(options, user, nowMs),
});

/** Mirrors `decideStart`; the test holds it to that. A start far ahead, and a row past its end, count for nothing. */
const HAS_ROOM = 'attribute_not_exists(s0) OR s0 <= :cutoff OR s0 > :far OR expiresAt <= :nowSeconds';

const start = async (
  { client, tableName, limit }: Options,
  user: string,
  nowMs: number,
): Promise<Started> => {
  const command = new UpdateItemCommand({
    TableName: tableName,
    Key: keyOf(user, limit),
    UpdateExpression: shiftExpression(limit),
    ConditionExpression: HAS_ROOM,
    ExpressionAttributeValues: marshall({
      ':now': nowMs,
      ':cutoff': nowMs - START_WINDOW_MS,
      ':far': nowMs + START_WINDOW_MS,
      ':expiresAt': Math.ceil(nowMs / 1000) + KEPT_FOR_SECONDS,
      ':nowSeconds': Math.floor(nowMs / 1000),
      ...(limit > 1 && { ':never': NEVER_MS }),
    }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    await withRetries(RETRY_MS, () => client.send(command, bounded()));
    return { kind: 'started' };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const oldestMs = Number(fullRegister.safeParse(error.Item).data?.s0.N ?? nowMs);
    return { kind: 'full', freeAtMs: oldestMs + START_WINDOW_MS };
  }
};

const fullRegister = z.object({ s0: z.object({ N: z.string() }) });

/** A row for each user, so that they spread over the table's partitions. */
const keyOf = (user: string, limit: number) => ({
  family: { S: `user#${user}` },
  name: { S: `starts/${limit}` },
});

/** Right-hand sides are read from the item as it was before the update, so the order of the moves has no meaning. */
const shiftExpression = (limit: number): string => {
  const moves = Array.from({ length: limit - 1 }, (_, at) => `s${at} = if_not_exists(s${at + 1}, :never)`);
  return `SET ${[...moves, `s${limit - 1} = :now`, 'expiresAt = :expiresAt'].join(', ')}`;
};
