import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { type Contract, holds } from './contract.ts';
import { type ContractTable, keyOf } from './dynamodb-table.ts';

type Subject = { client: DynamoDBClient; table: ContractTable };

const failed = { name: 'ConditionalCheckFailedException' };
const invalid = { name: 'ValidationException' };
const ifAbsent = { ConditionExpression: 'attribute_not_exists(pk)' };
const one = { ':one': { N: '1' } };

const transact = ({ client }: Subject, ...TransactItems: TransactWriteItem[]) =>
  client.send(new TransactWriteItemsCommand({ TransactItems }));

const conditions: Contract<Subject> = {
  'an expired item is read until it is deleted, unless a filter leaves it out': async ({ client, table }) => {
    const TimeToLiveSpecification = { AttributeName: 'expiresAt', Enabled: true };
    await client.send(new UpdateTimeToLiveCommand({ TableName: table.name, TimeToLiveSpecification }));
    await table.put({ ...keyOf('expired'), expiresAt: { N: '1000000000' } });
    expect(await table.get('expired')).toBeDefined();
    const { Items } = await table.query({
      KeyConditionExpression: 'pk = :pk',
      FilterExpression: 'expiresAt > :now',
      ExpressionAttributeValues: { ':pk': { S: 'expired' }, ':now': { N: '2000000000' } },
    });
    expect(Items).toEqual([]);
  },
  'a failed condition changes nothing, and hands out the item that failed it': async ({ table }) => {
    await table.put({ ...keyOf('taken'), owner: { S: 'first' } });
    const attempt = table.put(
      { ...keyOf('taken'), owner: { S: 'second' } },
      { ...ifAbsent, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
    );
    await expect(attempt).rejects.toMatchObject({ ...failed, Item: { owner: { S: 'first' } } });
    expect(await table.get('taken')).toMatchObject({ owner: { S: 'first' } });
  },
  'a failed condition hands out no item that nobody asked for, nor one that there is none of': async ({
    table,
  }) => {
    await table.put(keyOf('quiet'));
    const onAbsent = { ConditionExpression: 'attribute_exists(pk)' } as const;
    const attempts = [
      table.update('quiet', 'SET n = :one', { ...ifAbsent, ExpressionAttributeValues: one }),
      table.update('absent', 'SET n = :one', {
        ...onAbsent,
        ExpressionAttributeValues: one,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ];
    for (const attempt of attempts) {
      const failure = await attempt.catch((error: unknown) => error);
      expect(failure).toMatchObject(failed);
      expect(failure).not.toHaveProperty('Item', expect.anything());
    }
    expect(await table.get('absent')).toBeUndefined();
  },
  'of many who claim at once, one wins': async ({ table }) => {
    const claims = Array.from({ length: 10 }, (_, nth) =>
      table.put({ ...keyOf('claimed'), owner: { N: `${nth}` } }, ifAbsent),
    );
    const results = await Promise.allSettled(claims);
    const winners = results.filter(({ status }) => status === 'fulfilled');
    expect(winners).toHaveLength(1);
    const winner = results.findIndex(({ status }) => status === 'fulfilled');
    expect(await table.get('claimed')).toMatchObject({ owner: { N: `${winner}` } });
  },
  'conditions compare, and a value of another type is neither greater nor equal': async ({ table }) => {
    await table.put({ ...keyOf('compared'), n: { N: '5' }, s: { S: 'abc' }, l: { L: [{ S: 'x' }] } });
    const check = (ConditionExpression: string, values: object) =>
      table
        .update('compared', 'SET checked = :true', {
          ConditionExpression,
          ExpressionAttributeValues: { ':true': { BOOL: true }, ...values },
        })
        .then(
          () => true,
          ({ name }: Error) => (name === failed.name ? false : name),
        );
    const five = { ':v': { N: '5.0' } };
    expect(await check('n = :v', five)).toBe(true);
    expect(await check('n > :v', five)).toBe(false);
    expect(await check('n BETWEEN :v AND :v', five)).toBe(true);
    expect(await check('s >= :v', five)).toBe(false);
    expect(await check('begins_with(s, :v)', { ':v': { S: 'ab' } })).toBe(true);
    expect(await check('s IN (:v, :w)', { ':v': { S: 'x' }, ':w': { S: 'abc' } })).toBe(true);
    expect(await check('contains(l, :v)', { ':v': { S: 'x' } })).toBe(true);
    expect(await check('size(s) = :v', { ':v': { N: '3' } })).toBe(true);
    expect(await check('attribute_type(l, :v)', { ':v': { S: 'L' } })).toBe(true);
    expect(await check('nothing <> :v', five)).toBe(true);
    expect(await check('nothing < :v OR NOT attribute_exists(nothing)', five)).toBe(true);
  },
};

const updates: Contract<Subject> = {
  'an update makes the item that there is none of': async ({ table }) => {
    const after = await table.update('made', 'SET n = :one', {
      ExpressionAttributeValues: one,
      ReturnValues: 'ALL_NEW',
    });
    expect(after).toEqual({ ...keyOf('made'), n: { N: '1' } });
  },
  'all parts of an update read the item as it was before': async ({ table }) => {
    await table.put({ ...keyOf('register'), s0: { N: '1' }, s1: { N: '2' }, n: { N: '7' } });
    const after = await table.update('register', 'SET s0 = s1, s1 = n REMOVE n ADD summed :one', {
      ExpressionAttributeValues: one,
      ReturnValues: 'ALL_NEW',
    });
    expect(after).toEqual({ ...keyOf('register'), s0: { N: '2' }, s1: { N: '7' }, summed: { N: '1' } });
  },
  'values that an update hands out': async ({ table }) => {
    await table.put({ ...keyOf('returned'), n: { N: '1' }, other: { S: 'x' } });
    const add = (ReturnValues: 'ALL_OLD' | 'UPDATED_OLD' | 'UPDATED_NEW' | 'NONE') =>
      table.update('returned', 'ADD n :one', { ExpressionAttributeValues: one, ReturnValues });
    expect(await add('UPDATED_NEW')).toEqual({ n: { N: '2' } });
    expect(await add('UPDATED_OLD')).toEqual({ n: { N: '2' } });
    expect(await add('ALL_OLD')).toEqual({ ...keyOf('returned'), n: { N: '3' }, other: { S: 'x' } });
    expect(await add('NONE')).toBeUndefined();
  },
  'if_not_exists and list_append': async ({ table }) => {
    const append = (text: string) =>
      table.update('list', 'SET l = list_append(if_not_exists(l, :empty), :more), n = if_not_exists(n, :n)', {
        ExpressionAttributeValues: {
          ':empty': { L: [] },
          ':more': { L: [{ S: text }] },
          ':n': { S: text },
        },
      });
    await append('a');
    await append('b');
    expect(await table.get('list')).toMatchObject({ l: { L: [{ S: 'a' }, { S: 'b' }] }, n: { S: 'a' } });
  },
  'sets grow and shrink, and an empty one is gone': async ({ table }) => {
    const values = { ':ab': { SS: ['a', 'b'] } };
    await table.update('set', 'ADD words :ab', { ExpressionAttributeValues: values });
    await table.update('set', 'DELETE words :ab', { ExpressionAttributeValues: { ':ab': { SS: ['a'] } } });
    expect(await table.get('set')).toMatchObject({ words: { SS: ['b'] } });
    await table.update('set', 'DELETE words :ab', { ExpressionAttributeValues: values });
    expect(await table.get('set')).toEqual(keyOf('set'));
  },
  'additions that meet are all counted': async ({ table }) => {
    const adds = Array.from({ length: 20 }, () =>
      table.update('counted', 'ADD n :one', { ExpressionAttributeValues: one }),
    );
    await Promise.all(adds);
    expect(await table.get('counted')).toMatchObject({ n: { N: '20' } });
  },
  'a map is written at a path, and not where there is none': async ({ table }) => {
    await table.put({ ...keyOf('path'), m: { M: {} } });
    const at = (path: string) =>
      table.update('path', `SET ${path} = :one`, { ExpressionAttributeValues: one });
    await at('m.n');
    expect(await table.get('path')).toMatchObject({ m: { M: { n: { N: '1' } } } });
    await expect(at('nowhere.n')).rejects.toMatchObject(invalid);
    await expect(at('m.n, m.n')).rejects.toMatchObject(invalid);
  },
  'a sum of what is no number is refused': async ({ table }) => {
    await table.put({ ...keyOf('text'), n: { S: 'x' } });
    const sum = table.update('text', 'SET n = n + :one', { ExpressionAttributeValues: one });
    await expect(sum).rejects.toMatchObject(invalid);
    const absent = table.update('text', 'SET m = nothing + :one', { ExpressionAttributeValues: one });
    await expect(absent).rejects.toMatchObject(invalid);
  },
  'numbers are kept by value': async ({ table }) => {
    const digits = '12345678901234567890123456789012345678';
    await table.put({
      ...keyOf('number'),
      a: { N: '1.0' },
      b: { N: '1e3' },
      c: { N: digits },
      d: { N: '-0' },
    });
    expect(await table.get('number')).toMatchObject({ a: { N: '1' }, b: { N: '1000' }, c: { N: digits } });
  },
  'texts are kept as they are: empty, of any script, with control characters': async ({ table }) => {
    const text = 'é\u{1F600}\u0000\n';
    await table.put({ ...keyOf('texts'), a: { S: '' }, b: { S: text }, c: { B: new Uint8Array([0, 255]) } });
    expect(await table.get('texts')).toMatchObject({
      a: { S: '' },
      b: { S: text },
      c: { B: new Uint8Array([0, 255]) },
    });
  },
  'what there is none of can be deleted': async ({ client, table }) => {
    await client.send(new DeleteItemCommand({ TableName: table.name, Key: keyOf('never') }));
    const guarded = { ConditionExpression: 'attribute_exists(pk)' };
    const attempt = client.send(
      new DeleteItemCommand({ TableName: table.name, Key: keyOf('never'), ...guarded }),
    );
    await expect(attempt).rejects.toMatchObject(failed);
  },
};

const groups: Contract<Subject> = {
  'a transaction does all or nothing, and says why in the order of its actions': async (subject) => {
    const { table } = subject;
    const TableName = table.name;
    await table.put({ ...keyOf('second'), owner: { S: 'first' } });
    const attempt = transact(
      subject,
      { Put: { TableName, Item: keyOf('fresh') } },
      {
        Put: {
          TableName,
          Item: keyOf('second'),
          ...ifAbsent,
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
      { ConditionCheck: { TableName, Key: keyOf('missing'), ...ifAbsent } },
    );
    await expect(attempt).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'ConditionalCheckFailed', Item: { owner: { S: 'first' } } },
        { Code: 'None' },
      ],
    });
    expect(await table.get('fresh')).toBeUndefined();
    await transact(
      subject,
      { Put: { TableName, Item: keyOf('fresh') } },
      { Delete: { TableName, Key: keyOf('second') } },
    );
    expect(await table.get('fresh')).toBeDefined();
    expect(await table.get('second')).toBeUndefined();
  },
  'a batch puts in place of what is there, and leaves nothing unprocessed': async ({ client, table }) => {
    await table.put({ ...keyOf('batch', 1), old: { S: 'x' } });
    await table.put(keyOf('batch', 2));
    const { UnprocessedItems } = await client.send(
      new BatchWriteItemCommand({
        RequestItems: {
          [table.name]: [
            { PutRequest: { Item: keyOf('batch', 1) } },
            { DeleteRequest: { Key: keyOf('batch', 2) } },
          ],
        },
      }),
    );
    expect(UnprocessedItems).toEqual({});
    expect(await table.get('batch', 1)).toEqual(keyOf('batch', 1));
    expect(await table.get('batch', 2)).toBeUndefined();
  },
  'a batch of reads hands out what there is': async ({ client, table }) => {
    await table.put(keyOf('read', 1));
    const Keys = [keyOf('read', 1), keyOf('read', 2)];
    const { Responses } = await client.send(
      new BatchGetItemCommand({ RequestItems: { [table.name]: { Keys } } }),
    );
    expect(Responses).toEqual({ [table.name]: [keyOf('read', 1)] });
  },
};

const prices: Contract<Subject> = {
  'a write costs a unit for each KB of the larger of the two items': async ({ client, table }) => {
    const big = { ...keyOf('priced'), body: { S: 'x'.repeat(1_500) } };
    const units = async (item: object) => {
      const { ConsumedCapacity } = await table.put(
        { ...keyOf('priced'), ...item },
        { ReturnConsumedCapacity: 'TOTAL' },
      );
      return ConsumedCapacity?.CapacityUnits;
    };
    expect(await units({})).toBe(1);
    expect(await units(big)).toBe(2);
    expect(await units({})).toBe(2);
    await client.send(new DeleteItemCommand({ TableName: table.name, Key: keyOf('priced') }));
  },
  'a read costs a unit for each 4 KB, and half if it need not be the latest': async ({ client, table }) => {
    await table.put({ ...keyOf('read-price'), body: { S: 'x'.repeat(5_000) } });
    const units = async (ConsistentRead: boolean) => {
      const get = new GetItemCommand({
        TableName: table.name,
        Key: keyOf('read-price'),
        ConsistentRead,
        ReturnConsumedCapacity: 'TOTAL',
      });
      return (await client.send(get)).ConsumedCapacity?.CapacityUnits;
    };
    expect(await units(true)).toBe(2);
    expect(await units(false)).toBe(1);
  },
};

export const dynamoDbContract = (subject: () => Subject): void => {
  holds('DynamoDB, conditions', conditions, subject);
  holds('DynamoDB, updates', updates, subject);
  holds('DynamoDB, several items', groups, subject);
  holds('DynamoDB, units', prices, subject);
};
