import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { type Limit, type LimitedCloud, times } from './limit.ts';

/** Keys `pk` and `sk`, and an index `topics` of `topic`. Both tables are made by limits.test.ts. */
export const TableName = 'limited';
export const otherTable = 'limited-too';

const KB = 1024;

type Item = Record<string, AttributeValue>;

const keyOf = (pk: string, sk = '1'): Item => ({ pk: { S: pk }, sk: { S: sk } });

const put = ({ dynamodb }: LimitedCloud, Item: Item) =>
  dynamodb.send(new PutItemCommand({ TableName, Item }));

const putValue = (cloud: LimitedCloud, value: AttributeValue) => put(cloud, { ...keyOf('value'), value });

/** An item of so many bytes: names and values of `pk`, `sk` and `body` count. */
const itemOf = (bytes: number): Item => {
  const rest = Buffer.byteLength('pksizesk1body');
  return { ...keyOf('size'), body: { S: 'x'.repeat(bytes - rest) } };
};

const batchWrite = ({ dynamodb }: LimitedCloud, counts: Record<string, number>) => {
  const puts = (count: number) => times(count, (nth) => ({ PutRequest: { Item: keyOf(`batch-${nth}`) } }));
  const entries = Object.entries(counts).map(([table, count]) => [table, puts(count)] as const);
  return dynamodb.send(new BatchWriteItemCommand({ RequestItems: Object.fromEntries(entries) }));
};

const batchGet = ({ dynamodb }: LimitedCloud, count: number) => {
  const Keys = times(count, (nth) => keyOf(`batch-${nth}`));
  return dynamodb.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys } } }));
};

const transactWrite = ({ dynamodb }: LimitedCloud, items: Item[]) => {
  const TransactItems = items.map((Item) => ({ Put: { TableName, Item } }));
  return dynamodb.send(new TransactWriteItemsCommand({ TransactItems }));
};

const transactGet = ({ dynamodb }: LimitedCloud, count: number) => {
  const TransactItems = times(count, (nth) => ({ Get: { TableName, Key: keyOf(`transaction-${nth}`) } }));
  return dynamodb.send(new TransactGetItemsCommand({ TransactItems }));
};

const update = ({ dynamodb }: LimitedCloud, pk: string, changes: Partial<UpdateItemCommandInput>) =>
  dynamodb.send(new UpdateItemCommand({ TableName, Key: keyOf(pk), ...changes }));

const query = ({ dynamodb }: LimitedCloud, changes: Partial<QueryCommandInput>) =>
  dynamodb.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'query' } },
      ...changes,
    }),
  );

/** Appends a text to an item, so that it has so many bytes afterwards. */
const growTo = async (cloud: LimitedCloud, bytes: number) => {
  await put(cloud, itemOf(200 * KB));
  const grown = bytes - 200 * KB - 'more'.length;
  await update(cloud, 'size', {
    UpdateExpression: 'SET #more = :more',
    ExpressionAttributeNames: { '#more': 'more' },
    ExpressionAttributeValues: { ':more': { S: 'x'.repeat(grown) } },
  });
};

const nested = (levels: number): AttributeValue => (levels === 0 ? { S: 'x' } : { L: [nested(levels - 1)] });

const expressionOf = (bytes: number): string => {
  const condition = 'attribute_exists(pk)';
  return condition.padEnd(bytes, ' ');
};

const createTable = ({ dynamodb }: LimitedCloud, name: string) =>
  dynamodb.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  );

const rows: Omit<Limit, 'service' | 'error'>[] = [
  {
    what: 'writes of a BatchWriteItem',
    figure: '25',
    within: (cloud) => batchWrite(cloud, { [TableName]: 25 }),
    over: (cloud) => batchWrite(cloud, { [TableName]: 26 }),
  },
  {
    what: 'writes of a BatchWriteItem to several tables',
    figure: '25',
    within: (cloud) => batchWrite(cloud, { [TableName]: 13, [otherTable]: 12 }),
    over: (cloud) => batchWrite(cloud, { [TableName]: 13, [otherTable]: 13 }),
  },
  {
    what: 'writes of a BatchWriteItem to one item',
    figure: '1',
    within: (cloud) => batchWrite(cloud, { [TableName]: 1 }),
    over: ({ dynamodb }) => {
      const write = { PutRequest: { Item: keyOf('twice') } };
      return dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: [write, write] } }));
    },
  },
  {
    what: 'keys of a BatchGetItem',
    figure: '100',
    within: (cloud) => batchGet(cloud, 100),
    over: (cloud) => batchGet(cloud, 101),
  },
  {
    what: 'actions of a TransactWriteItems',
    figure: '100',
    within: (cloud) =>
      transactWrite(
        cloud,
        times(100, (nth) => keyOf(`transaction-${nth}`)),
      ),
    over: (cloud) =>
      transactWrite(
        cloud,
        times(101, (nth) => keyOf(`transaction-${nth}`)),
      ),
  },
  {
    what: 'actions of a transaction on one item',
    figure: '1',
    within: (cloud) => transactWrite(cloud, [keyOf('once'), keyOf('once', '2')]),
    over: (cloud) => transactWrite(cloud, [keyOf('once'), keyOf('once')]),
  },
  {
    what: 'keys of a TransactGetItems',
    figure: '100',
    within: (cloud) => transactGet(cloud, 100),
    over: (cloud) => transactGet(cloud, 101),
  },
  {
    what: 'an item: names and values, in bytes of UTF-8',
    figure: '400 KB',
    within: (cloud) => put(cloud, itemOf(400 * KB)),
    over: (cloud) => put(cloud, itemOf(400 * KB + 1)),
  },
  {
    what: 'an item with characters of several bytes',
    figure: '400 KB',
    within: (cloud) => putValue(cloud, { S: 'é'.repeat(200 * KB - 16) }),
    over: (cloud) => putValue(cloud, { S: 'é'.repeat(200 * KB) }),
  },
  {
    what: 'an item after an update',
    figure: '400 KB',
    within: (cloud) => growTo(cloud, 400 * KB),
    over: (cloud) => growTo(cloud, 400 * KB + 1),
  },
  {
    what: 'partition key',
    figure: '2,048 bytes',
    within: (cloud) => put(cloud, keyOf('é'.repeat(1_024))),
    over: (cloud) => put(cloud, keyOf('é'.repeat(1_025))),
  },
  {
    what: 'sort key',
    figure: '1,024 bytes',
    within: (cloud) => put(cloud, keyOf('key', 'é'.repeat(512))),
    over: (cloud) => put(cloud, keyOf('key', 'é'.repeat(513))),
  },
  {
    what: 'text or bytes of a key',
    figure: 'not empty',
    within: (cloud) => put(cloud, { ...keyOf('empty'), value: { S: '' } }),
    over: (cloud) => put(cloud, keyOf('')),
  },
  {
    what: 'key of an index, of an item that has the attribute',
    figure: 'not empty, of the declared type',
    within: (cloud) => put(cloud, { ...keyOf('indexed'), topic: { S: 'x' } }),
    over: (cloud) => put(cloud, { ...keyOf('indexed'), topic: { S: '' } }),
  },
  {
    what: 'members of a set',
    figure: 'at least one',
    within: (cloud) => putValue(cloud, { SS: ['x'] }),
    over: (cloud) => putValue(cloud, { SS: [] }),
  },
  {
    what: 'digits of a number',
    figure: '38',
    within: (cloud) => putValue(cloud, { N: '9'.repeat(38) }),
    over: (cloud) => putValue(cloud, { N: '9'.repeat(39) }),
  },
  {
    what: 'magnitude of a number',
    figure: '1E-130 to 9.9…E+125',
    within: (cloud) => putValue(cloud, { N: '1E125' }),
    over: (cloud) => putValue(cloud, { N: '1E126' }),
  },
  {
    what: 'levels of lists and maps in a value',
    figure: '32',
    within: (cloud) => putValue(cloud, nested(31)),
    over: (cloud) => putValue(cloud, nested(32)),
  },
  {
    what: 'an expression',
    figure: '4 KB',
    within: (cloud) => dynamodbUpdate(cloud, { ConditionExpression: expressionOf(4 * KB) }),
    over: (cloud) => dynamodbUpdate(cloud, { ConditionExpression: expressionOf(4 * KB + 1) }),
  },
  {
    what: 'reserved words as names in an expression',
    figure: 'none of 573',
    within: (cloud) => dynamodbUpdate(cloud, { UpdateExpression: 'REMOVE state_of_it' }),
    over: (cloud) => dynamodbUpdate(cloud, { UpdateExpression: 'REMOVE state' }),
  },
  {
    what: 'names and values that no expression uses',
    figure: 'none',
    within: (cloud) => query(cloud, {}),
    over: (cloud) =>
      query(cloud, { ExpressionAttributeValues: { ':pk': { S: 'query' }, ':unused': { S: 'x' } } }),
  },
  {
    what: 'limit of a page',
    figure: 'at least 1',
    within: (cloud) => query(cloud, { Limit: 1 }),
    over: (cloud) => query(cloud, { Limit: 0 }),
  },
  {
    what: 'consistent reads of a global index',
    figure: 'none',
    within: (cloud) => queryTopics(cloud, {}),
    over: (cloud) => queryTopics(cloud, { ConsistentRead: true }),
  },
  {
    what: 'change of a key by an update',
    figure: 'none',
    within: (cloud) => dynamodbUpdate(cloud, { UpdateExpression: 'REMOVE a' }),
    over: (cloud) => dynamodbUpdate(cloud, { UpdateExpression: 'REMOVE sk' }),
  },
  {
    what: 'name of a table',
    figure: '3 to 255 characters',
    within: (cloud) => createTable(cloud, 't'.repeat(255)),
    over: (cloud) => createTable(cloud, 't'.repeat(256)),
  },
];

const dynamodbUpdate = async (cloud: LimitedCloud, changes: Partial<UpdateItemCommandInput>) => {
  await put(cloud, keyOf('expression'));
  await update(cloud, 'expression', changes);
};

const queryTopics = (cloud: LimitedCloud, changes: Partial<QueryCommandInput>) =>
  query(cloud, {
    IndexName: 'topics',
    KeyConditionExpression: 'topic = :topic',
    ExpressionAttributeValues: { ':topic': { S: 'x' } },
    ...changes,
  });

export const dynamoDbLimits: Limit[] = [
  ...rows.map((row): Limit => ({ service: 'DynamoDB', error: 'ValidationException', ...row })),
  {
    service: 'DynamoDB',
    what: 'a table that there is none of',
    figure: 'none',
    error: 'ResourceNotFoundException',
    within: ({ dynamodb }) => dynamodb.send(new GetItemCommand({ TableName, Key: keyOf('any') })),
    over: ({ dynamodb }) => dynamodb.send(new GetItemCommand({ TableName: 'nowhere', Key: keyOf('any') })),
  },
];
