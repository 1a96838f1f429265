import {
  CreateTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { LedgerEntry } from '../pipeline/money/ledger.ts';
import { utcDay } from '../pipeline/utc.ts';

// What cost tracking usually is, kept as a baseline: a record per call, and counters that are raised with it. A write
// that is repeated counts twice, and one that is lost is missing for ever.

const RECORDS = 'naive-records';
const COUNTERS = 'naive-counters';

export const createNaiveTables = async (client: DynamoDBClient): Promise<void> => {
  for (const TableName of [RECORDS, COUNTERS])
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
};

/** One PutItem and three UpdateItems per call: counters by day and tenant, model, lane. */
export const createNaiveTally =
  (client: DynamoDBClient) =>
  async (entry: LedgerEntry): Promise<void> => {
    const { callId, atMs, tenantId, lane, modelId } = entry;
    const day = utcDay(atMs);
    await client.send(new PutItemCommand({ TableName: RECORDS, Item: marshall({ id: callId, ...entry }) }));
    for (const name of [`tenant#${tenantId}`, `model#${modelId}`, `lane#${lane}`])
      await client.send(raise(`${day}#${name}`, entry));
  };

const raise = (id: string, { inputTokens, outputTokens, costMicroUsd }: LedgerEntry) =>
  new UpdateItemCommand({
    TableName: COUNTERS,
    Key: { id: { S: id } },
    UpdateExpression: 'ADD calls :one, inputTokens :input, outputTokens :output, costMicroUsd :cost',
    ExpressionAttributeValues: marshall({
      ':one': 1,
      ':input': inputTokens,
      ':output': outputTokens,
      ':cost': costMicroUsd,
    }),
  });
