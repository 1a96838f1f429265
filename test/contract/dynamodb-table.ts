import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  type PutItemCommandOutput,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';

export type Item = Record<string, AttributeValue>;

/** A table of a test run's own: key `pk` and number `at`, and the index `topics` of `topic` and `at`, keys only. */
export type ContractTable = {
  name: string;
  put(item: Item, changes?: Partial<PutItemCommandInput>): Promise<PutItemCommandOutput>;
  get(pk: string, at?: number): Promise<Item | undefined>;
  update(
    pk: string,
    expression: string,
    changes?: Partial<UpdateItemCommandInput>,
  ): Promise<Item | undefined>;
  query(changes: Partial<QueryCommandInput>): ReturnType<typeof queryTable>;
};

export const keyOf = (pk: string, at = 0): Item => ({ pk: { S: pk }, at: { N: String(at) } });

const queryTable = (client: DynamoDBClient, TableName: string, changes: Partial<QueryCommandInput>) =>
  client.send(new QueryCommand({ TableName, ...changes }));

/** Resolves when the table can be used. */
export const createContractTable = async (client: DynamoDBClient): Promise<ContractTable> => {
  const TableName = `contract-${randomUUID()}`;
  await client.send(new CreateTableCommand({ TableName, ...definition }));
  for (let status = ''; status !== 'ACTIVE'; )
    status = (await client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus ?? '';
  return {
    name: TableName,
    put: (Item, changes = {}) => client.send(new PutItemCommand({ TableName, Item, ...changes })),
    get: async (pk, at) => {
      const get = new GetItemCommand({ TableName, Key: keyOf(pk, at), ConsistentRead: true });
      return (await client.send(get)).Item;
    },
    update: async (pk, UpdateExpression, changes = {}) => {
      const Key = keyOf(pk);
      const update = new UpdateItemCommand({ TableName, Key, UpdateExpression, ...changes });
      return (await client.send(update)).Attributes;
    },
    query: (changes) => queryTable(client, TableName, changes),
  };
};

const definition = {
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'at', AttributeType: 'N' },
    { AttributeName: 'topic', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'at', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'topics',
      KeySchema: [
        { AttributeName: 'topic', KeyType: 'HASH' },
        { AttributeName: 'at', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
} satisfies Partial<ConstructorParameters<typeof CreateTableCommand>[0]>;
