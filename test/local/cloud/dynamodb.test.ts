import { join } from 'node:path';
import {
  DeleteItemCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import type { TableSpec } from '../../../lib/local/cloud/assembly/deployment.ts';
import { type AwsRequest, createCallers } from '../../../lib/local/cloud/aws-request.ts';
import { type DynamoDb, startDynamoDb } from '../../../lib/local/cloud/dynamodb/dynamodb.ts';
import { withDirectory } from './cloud-driver.ts';

const TableName = 'jobs';
const credentials = { accessKeyId: 'outside', secretAccessKey: 'outside' };
const requests: AwsRequest[] = [];
let dynamodb: DynamoDb;
let client: DynamoDBClient;

beforeAll(async () => {
  dynamodb = await startDynamoDb({
    port: 0,
    path: undefined,
    callers: createCallers(),
    onRequest: (request) => requests.push(request),
  });
  await dynamodb.createTable({
    name: TableName,
    timeToLiveAttribute: 'expiresAt',
    definition: {
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    },
  });
  client = new DynamoDBClient({
    region: 'eu-west-3',
    endpoint: dynamodb.endpoint,
    credentials,
    maxAttempts: 1,
  });
});

afterAll(async () => {
  client.destroy();
  await dynamodb.stop();
});

const put = (id: string, state: string) =>
  client.send(new PutItemCommand({ TableName, Item: { id: { S: id }, state: { S: state } } }));

const stateOf = async (id: string): Promise<string | undefined> =>
  (await client.send(new GetItemCommand({ TableName, Key: { id: { S: id } } }))).Item?.state?.S;

const transact = (...TransactItems: TransactWriteItem[]) =>
  client.send(new TransactWriteItemsCommand({ TransactItems }));

const setState = (id: string, state: string) => ({
  TableName,
  Key: { id: { S: id } },
  UpdateExpression: 'SET #state = :state',
  ExpressionAttributeNames: { '#state': 'state' },
  ExpressionAttributeValues: { ':state': { S: state } },
});

const onlyIfAbsent = { ConditionExpression: 'attribute_not_exists(id)' };

describe('a condition that does not hold', () => {
  const update = (id: string) => new UpdateItemCommand({ ...setState(id, 'new'), ...onlyIfAbsent });

  it('returns the item that failed it when the request asks for it', async () => {
    await put('held', 'running');
    const request = new PutItemCommand({
      TableName,
      Item: { id: { S: 'held' } },
      ...onlyIfAbsent,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    await expect(client.send(request)).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      Item: { id: { S: 'held' }, state: { S: 'running' } },
    });
  });

  it('returns no item when the request does not ask for it', async () => {
    await put('quiet', 'running');
    const failure = await client.send(update('quiet')).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'ConditionalCheckFailedException' });
    expect(failure).not.toHaveProperty('Item', expect.anything());
  });
});

describe('a transaction', () => {
  it('applies all its writes', async () => {
    await put('to-update', 'old');
    await put('to-delete', 'old');
    await transact(
      { Put: { TableName, Item: { id: { S: 'to-put' }, state: { S: 'new' } }, ...onlyIfAbsent } },
      { Update: setState('to-update', 'new') },
      { Delete: { TableName, Key: { id: { S: 'to-delete' } } } },
      { ConditionCheck: { TableName, Key: { id: { S: 'nowhere' } }, ...onlyIfAbsent } },
    );
    const states = await Promise.all(['to-put', 'to-update', 'to-delete'].map(stateOf));
    expect(states).toEqual(['new', 'new', undefined]);
  });

  it('applies none of its writes when one condition fails, and says which', async () => {
    await put('first', 'old');
    await put('taken', 'old');
    const attempt = transact(
      { Update: setState('first', 'new') },
      { Put: { TableName, Item: { id: { S: 'fresh' }, state: { S: 'new' } } } },
      {
        Update: {
          ...setState('taken', 'new'),
          ...onlyIfAbsent,
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
    );
    await expect(attempt).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'None' },
        { Code: 'ConditionalCheckFailed', Item: { state: { S: 'old' } } },
      ],
    });
    expect(await Promise.all(['first', 'fresh', 'taken'].map(stateOf))).toEqual(['old', undefined, 'old']);
  });

  it('fails on a condition check of an item that it does not write', async () => {
    await put('guard', 'present');
    const attempt = transact(
      { Update: setState('guarded', 'new') },
      { ConditionCheck: { TableName, Key: { id: { S: 'guard' } }, ...onlyIfAbsent } },
    );
    await expect(attempt).rejects.toMatchObject({ name: 'TransactionCanceledException' });
    expect(await stateOf('guarded')).toBeUndefined();
  });

  it('is refused when it names one item twice', async () => {
    const attempt = transact({ Update: setState('twice', 'a') }, { Update: setState('twice', 'b') });
    await expect(attempt).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('undoes its writes when another of them is no valid request', async () => {
    const invalid = { TableName, Key: { id: { S: 'invalid' } }, UpdateExpression: 'SET nonsense' };
    await expect(transact({ Update: setState('valid', 'new') }, { Update: invalid })).rejects.toMatchObject({
      name: 'ValidationException',
    });
    expect(await stateOf('valid')).toBeUndefined();
  });

  it('never lets a reader see half of it', async () => {
    const Get = (id: string) => ({ Get: { TableName, Key: { id: { S: id } } } });
    const write = (state: string) =>
      transact({ Update: setState('left', state) }, { Update: setState('right', state) });
    const read = async () => {
      const { Responses } = await client.send(
        new TransactGetItemsCommand({ TransactItems: [Get('left'), Get('right')] }),
      );
      return (Responses ?? []).map(({ Item }) => Item?.state?.S);
    };
    await write('0');
    const writes = Array.from({ length: 20 }, (_, index) => write(String(index + 1)));
    const reads = await Promise.all(Array.from({ length: 20 }, read));
    await Promise.all(writes);
    for (const [left, right] of reads) {
      expect(left).toMatch(/^\d+$/);
      expect(right).toBe(left);
    }
  });
});

it('computes every value of an update from the item as it was before', async () => {
  const update = new UpdateItemCommand({
    TableName,
    Key: { id: { S: 'register' } },
    UpdateExpression: 'SET s0 = s1, s1 = s2, s2 = :new',
    ExpressionAttributeValues: { ':new': { N: '4' } },
    ReturnValues: 'ALL_NEW',
  });
  const Item = { id: { S: 'register' }, s0: { N: '1' }, s1: { N: '2' }, s2: { N: '3' } };
  await client.send(new PutItemCommand({ TableName, Item }));
  const { Attributes } = await client.send(update);
  expect(Attributes).toMatchObject({ s0: { N: '2' }, s1: { N: '3' }, s2: { N: '4' } });
});

describe('a global index', () => {
  const indexed = (sortKey: string): TableSpec => ({
    name: 'indexed',
    timeToLiveAttribute: undefined,
    definition: {
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'topic', AttributeType: 'S' },
        { AttributeName: sortKey, AttributeType: 'N' },
      ],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      GlobalSecondaryIndexes: [
        {
          IndexName: 'topics',
          KeySchema: [
            { AttributeName: 'topic', KeyType: 'HASH' },
            { AttributeName: sortKey, KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    },
  });
  const start = async (path: string | undefined) => {
    const server = await startDynamoDb({ port: 0, path, callers: createCallers(), onRequest: () => {} });
    const { endpoint } = server;
    const caller = new DynamoDBClient({ region: 'eu-west-3', endpoint, credentials, maxAttempts: 1 });
    const stop = async () => {
      caller.destroy();
      await server.stop();
    };
    return { server, caller, stop };
  };
  const putAt = (caller: DynamoDBClient, id: string, at: number | undefined) =>
    caller.send(
      new PutItemCommand({
        TableName: 'indexed',
        Item: { id: { S: id }, topic: { S: 'a' }, content: { S: '...' }, ...(at && { at: { N: `${at}` } }) },
      }),
    );
  const latest = async (caller: DynamoDBClient, since: number) => {
    const query = new QueryCommand({
      TableName: 'indexed',
      IndexName: 'topics',
      KeyConditionExpression: 'topic = :topic AND #at >= :since',
      ExpressionAttributeNames: { '#at': 'at' },
      ExpressionAttributeValues: { ':topic': { S: 'a' }, ':since': { N: `${since}` } },
      ScanIndexForward: false,
      Limit: 1,
    });
    return (await caller.send(query)).Items;
  };

  it('finds the latest item by number, holds what has its keys, and no more than them', async () => {
    const { server, caller, stop } = await start(undefined);
    await server.createTable(indexed('at'));
    for (const at of [9, 1_000, 200]) await putAt(caller, `item-${at}`, at);
    await putAt(caller, 'unfinished', undefined);
    const [found, tooOld] = [await latest(caller, 0), await latest(caller, 1_001)];
    await caller.send(new DeleteItemCommand({ TableName: 'indexed', Key: { id: { S: 'item-1000' } } }));
    const foundNext = await latest(caller, 0);
    await stop();
    expect(found).toEqual([{ id: { S: 'item-1000' }, topic: { S: 'a' }, at: { N: '1000' } }]);
    expect(tooOld).toEqual([]);
    expect(foundNext).toMatchObject([{ id: { S: 'item-200' } }]);
  });

  it('is kept over a restart, and its table is refused when the index has changed', async () => {
    await withDirectory(async (path) => {
      const first = await start(join(path, 'tables'));
      await first.server.createTable(indexed('at'));
      await putAt(first.caller, 'kept', 7);
      await first.stop();
      const second = await start(join(path, 'tables'));
      await second.server.createTable(indexed('at'));
      const found = await latest(second.caller, 0);
      const refusal = await second.server.createTable(indexed('other')).catch(String);
      await second.stop();
      expect(found).toMatchObject([{ id: { S: 'kept' } }]);
      expect(refusal).toContain(
        'table indexed is kept with other keys or indexes than the templates declare',
      );
    });
  });
});

it('remembers which attribute holds the time to live', async () => {
  const describeTtl = async () =>
    (await client.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription;
  expect(await describeTtl()).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' });
  const TimeToLiveSpecification = { Enabled: false, AttributeName: 'expiresAt' };
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  expect(await describeTtl()).toEqual({ TimeToLiveStatus: 'DISABLED' });
});

it('refuses a request that nobody signed', async () => {
  const headers = { 'x-amz-target': 'DynamoDB_20120810.ListTables' };
  const response = await fetch(dynamodb.endpoint, { method: 'POST', headers, body: '{}' });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
});

it('tells of every request and who makes it', async () => {
  requests.length = 0;
  await stateOf('any');
  expect(requests).toEqual([{ service: 'dynamodb', action: 'GetItem', caller: { kind: 'outside' } }]);
});

it('stops when what is under way is done, and resets what comes later', async () => {
  const { promise: arrived, resolve } = Promise.withResolvers<void>();
  let intercepted: Promise<object> | undefined;
  const stopping = await startDynamoDb({
    port: 0,
    path: undefined,
    callers: createCallers(),
    onRequest: (_, exchange) =>
      exchange?.intercept((carryOut, input) => {
        intercepted = Promise.all([carryOut(input), carryOut(input)]);
        resolve();
        return intercepted;
      }),
  });
  const definition: TableSpec['definition'] = {
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  };
  await stopping.createTable({ name: TableName, timeToLiveAttribute: undefined, definition });
  const { endpoint } = stopping;
  const asking = new DynamoDBClient({ region: 'eu-west-3', endpoint, credentials, maxAttempts: 1 });
  const KeyConditionExpression = 'id = :id';
  const query = { TableName, KeyConditionExpression, ExpressionAttributeValues: { ':id': { S: 'a' } } };
  const asked = asking.send(new QueryCommand(query)).catch(() => 'its connection was dropped');
  await arrived;
  await stopping.stop();
  expect(await intercepted).toMatchObject([{ Items: [] }, { Items: [] }]);
  expect(await asked).toBe('its connection was dropped');
  asking.destroy();
});
