import { dynamoDbFaults } from '../../../../lib/local/cloud/faults/dynamodb-faults.ts';
import { createRuleBook } from '../../../../lib/local/cloud/faults/rule-book.ts';
import { type FaultyCloud, put, startFaultyCloud, TABLE } from './faulty-cloud.ts';

let cloud: FaultyCloud;

beforeAll(async () => {
  cloud = await startFaultyCloud();
});

afterEach(() => cloud.setFaults());

afterAll(() => cloud.end());

const answerTo = async (id: string, call: object) => {
  await cloud.send('single', [{ id, always: 'call', calls: [call] }]);
  const { said } = await cloud.seen(({ said: words }) => words?.id === id && words.answered !== undefined);
  await cloud.ended(id);
  return said;
};

const batchWrite = (...ids: string[]) => ({
  operation: 'BatchWriteItem',
  input: { RequestItems: { [TABLE]: ids.map((id) => ({ PutRequest: { Item: { id: { S: id } } } })) } },
});

it('throttles in the words of DynamoDB, and carries nothing out', async () => {
  await cloud.setFaults({ id: 'busy', match: { operation: 'PutItem' }, fault: { kind: 'throttle' } });
  const said = await answerTo('throttled', put('throttled'));
  expect(said?.answer).toMatchObject({
    __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
  });
  expect(await cloud.stored('throttled')).toEqual([]);
  expect(await cloud.hitsOf('busy')).toBe(1);
});

it.each([
  ['another operation', { operation: 'GetItem' }],
  ['another function', { functionName: 'whole' }],
])('leaves a request alone whose rule is about %s', async (_, match) => {
  await cloud.setFaults({ id: 'other', match, fault: { kind: 'throttle' } });
  const id = `spared-${Object.keys(match)}`;
  expect((await answerTo(id, put(id)))?.answer).toEqual({});
  expect(await cloud.hitsOf('other')).toBe(0);
});

it.each([
  ['that table', 'jobs', 1],
  ['another table', 'ledger', 0],
])('a rule about a table strikes a request to %s', (_, table, strikes) => {
  const rules = createRuleBook(7);
  rules.replace([{ id: 'jobs', match: { table: 'jobs' }, fault: { kind: 'throttle' } }]);
  const caller = { kind: 'function', functionName: 'f' } as const;
  const intercepted: unknown[] = [];
  const intercept = (by: unknown) => void intercepted.push(by);
  const exchange = { input: { TableName: `relay-local-${table}` }, intercept };
  dynamoDbFaults(rules)({ service: 'dynamodb', action: 'PutItem', caller }, exchange);
  expect(intercepted).toHaveLength(strikes);
});

it('strikes the table and the function that the ends of their names tell', async () => {
  const match = { table: '-table', functionName: 'single', times: 1 };
  await cloud.setFaults({ id: 'named', match, fault: { kind: 'throttle' } });
  expect((await answerTo('named-1', put('named-1')))?.answer).toHaveProperty('__type');
  expect((await answerTo('named-2', put('named-2')))?.answer).toEqual({});
});

it('leaves those alone who are no functions', async () => {
  await cloud.setFaults({ id: 'all', fault: { kind: 'down' } });
  expect(await cloud.stored('nobody')).toEqual([]);
  expect(await cloud.hitsOf('all')).toBe(0);
});

it('keeps a request waiting that is slow', async () => {
  await cloud.setFaults({ id: 'slow', match: { times: 1 }, fault: { kind: 'slow', ms: 600_000 } });
  await cloud.send('single', [{ id: 'slow', always: 'call', calls: [put('slow')] }]);
  await cloud.seen(({ line }) => typeof line === 'string' && line.includes('Task timed out'));
  expect(await cloud.stored('slow')).toEqual([]);
});

it('carries a slow request out when its time has come', async () => {
  await cloud.setFaults({ id: 'slow', fault: { kind: 'slow', ms: 5 } });
  expect((await answerTo('slowly', put('slowly')))?.answer).toEqual({});
  expect(await cloud.stored('slowly')).toEqual(['slowly']);
  expect(await cloud.hitsOf('slow')).toBe(1);
});

it('is unavailable', async () => {
  await cloud.setFaults({ id: 'down', fault: { kind: 'down' } });
  const said = await answerTo('unavailable', put('unavailable'));
  expect(said?.answer).toMatchObject({ __type: expect.stringMatching(/#ServiceUnavailable$/) });
  expect(await cloud.stored('unavailable')).toEqual([]);
});

it.each([
  ['fetch', {}],
  ['node:http', { by: 'http' }],
])('resets the connection of %s before anything is carried out', async (name, by) => {
  await cloud.setFaults({ id: 'down', fault: { kind: 'down', how: 'reset' } });
  const id = `reset-${name}`;
  expect(await answerTo(id, { ...put(id), ...by })).toMatchObject({
    failure: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/),
  });
  expect(await cloud.stored(id)).toEqual([]);
});

it('loses the reply of a request that was carried out', async () => {
  await cloud.setFaults({ id: 'lost', fault: { kind: 'lost-reply' } });
  expect(await answerTo('lost', put('lost'))).toMatchObject({
    failure: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/),
  });
  expect(await cloud.stored('lost')).toEqual(['lost']);
});

describe('a partial batch', () => {
  const partial = { id: 'partial', fault: { kind: 'partial-batch', keep: 1 } };

  it('writes its first items and returns the others', async () => {
    await cloud.setFaults(partial);
    const said = await answerTo('writes', batchWrite('w-1', 'w-2', 'w-3'));
    const unprocessed = ['w-2', 'w-3'].map((id) => ({ PutRequest: { Item: { id: { S: id } } } }));
    expect(said?.answer).toEqual({ UnprocessedItems: { [TABLE]: unprocessed } });
    expect(await cloud.stored('w-1', 'w-2', 'w-3')).toEqual(['w-1']);
  });

  it('reads its first items and returns the keys of the others', async () => {
    await answerTo('filled', batchWrite('r-1', 'r-2'));
    await cloud.setFaults(partial);
    const Keys = ['r-1', 'r-2'].map((id) => ({ id: { S: id } }));
    const input = { RequestItems: { [TABLE]: { Keys, ConsistentRead: true } } };
    const said = await answerTo('reads', { operation: 'BatchGetItem', input });
    expect(said?.answer).toEqual({
      Responses: { [TABLE]: [{ id: { S: 'r-1' } }] },
      UnprocessedKeys: { [TABLE]: { Keys: [{ id: { S: 'r-2' } }], ConsistentRead: true } },
    });
  });

  it('strikes neither single requests nor batches that it would not cut', async () => {
    await cloud.setFaults(partial);
    await answerTo('single-put', put('single-put'));
    await answerTo('small', batchWrite('small'));
    expect(await cloud.hitsOf('partial')).toBe(0);
  });
});
