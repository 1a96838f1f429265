import type { DynamoDBClient, QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { type Contract, holds } from './contract.ts';
import { type ContractTable, type Item, keyOf } from './dynamodb-table.ts';

type Subject = { client: DynamoDBClient; table: ContractTable };

/** Items `pk` at these numbers. */
const fill = async ({ table }: Subject, pk: string, ats: readonly number[], more: Item = {}) => {
  for (const at of ats) await table.put({ ...keyOf(pk, at), ...more });
};

const of = (pk: string, condition = ''): Partial<QueryCommandInput> => ({
  KeyConditionExpression: `pk = :pk${condition}`,
  ...(condition && { ExpressionAttributeNames: { '#at': 'at' } }),
  ExpressionAttributeValues: { ':pk': { S: pk } },
});

const atsOf = (items: readonly Item[] | undefined) => items?.map(({ at }) => Number(at?.N));

/** What comes of all pages, and how many there were. */
const allPages = async ({ table }: Subject, query: Partial<QueryCommandInput>) => {
  const found: Item[] = [];
  let pages = 0;
  let ExclusiveStartKey: Item | undefined;
  do {
    const page = await table.query({ ...query, ...(ExclusiveStartKey && { ExclusiveStartKey }) });
    found.push(...(page.Items ?? []));
    pages += 1;
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return { found, pages };
};

const orders: Contract<Subject> = {
  'items come in the order of their sort key, a number by value': async (subject) => {
    await fill(subject, 'order', [10, 9, -1, 100, 0.5]);
    const { Items } = await subject.table.query(of('order'));
    expect(atsOf(Items)).toEqual([-1, 0.5, 9, 10, 100]);
    const backwards = await subject.table.query({ ...of('order'), ScanIndexForward: false, Limit: 2 });
    expect(atsOf(backwards.Items)).toEqual([100, 10]);
  },
  'conditions on the sort key are ranges with their ends': async (subject) => {
    await fill(subject, 'range', [1, 2, 3, 4]);
    const inRange = async (condition: string, values: Item) => {
      const query = of('range', ` AND ${condition}`);
      const ExpressionAttributeValues = { ...query.ExpressionAttributeValues, ...values };
      return atsOf((await subject.table.query({ ...query, ExpressionAttributeValues })).Items);
    };
    const [two, three] = [{ ':a': { N: '2' } }, { ':b': { N: '3' } }];
    expect(await inRange('#at BETWEEN :a AND :b', { ...two, ...three })).toEqual([2, 3]);
    expect(await inRange('#at > :a', two)).toEqual([3, 4]);
    expect(await inRange('#at <= :a', two)).toEqual([1, 2]);
  },
};

const pages: Contract<Subject> = {
  'pages follow one another, the last one empty if the limit was met before the end': async (subject) => {
    await fill(subject, 'pages', [1, 2, 3, 4]);
    const whole = await allPages(subject, { ...of('pages'), Limit: 2 });
    expect(atsOf(whole.found)).toEqual([1, 2, 3, 4]);
    expect(whole.pages).toBe(3);
    const { LastEvaluatedKey } = await subject.table.query({ ...of('pages'), Limit: 4 });
    expect(LastEvaluatedKey).toEqual(keyOf('pages', 4));
    expect(await subject.table.query({ ...of('pages'), Limit: 5 })).not.toHaveProperty(
      'LastEvaluatedKey',
      expect.anything(),
    );
  },
  'a page may begin after an item that there is none of': async (subject) => {
    await fill(subject, 'after', [1, 3]);
    const ExclusiveStartKey = keyOf('after', 2);
    const { Items } = await subject.table.query({ ...of('after'), ExclusiveStartKey });
    expect(atsOf(Items)).toEqual([3]);
  },
  'a filter is asked after the limit has counted': async (subject) => {
    await fill(subject, 'filter', [1, 2, 3]);
    await subject.table.put({ ...keyOf('filter', 4), wanted: { BOOL: true } });
    const query = { ...of('filter'), FilterExpression: 'attribute_exists(wanted)' };
    const first = await subject.table.query({ ...query, Limit: 2 });
    expect(first).toMatchObject({
      Items: [],
      Count: 0,
      ScannedCount: 2,
      LastEvaluatedKey: keyOf('filter', 2),
    });
    const { found } = await allPages(subject, { ...query, Limit: 2 });
    expect(atsOf(found)).toEqual([4]);
  },
  'a count hands out no items': async (subject) => {
    await fill(subject, 'count', [1, 2]);
    const { Count, Items } = await subject.table.query({ ...of('count'), Select: 'COUNT' });
    expect(Count).toBe(2);
    expect(Items).toBeUndefined();
  },
  'a page ends with its last item when it has 1 MB': async (subject) => {
    await fill(subject, 'large', [1, 2, 3, 4, 5], { body: { S: 'x'.repeat(300_000) } });
    const first = await subject.table.query(of('large'));
    // Whether the item that passes 1 MB belongs to the page, nobody says.
    const last = first.Items?.length ?? 0;
    expect([3, 4]).toContain(last);
    expect(first.LastEvaluatedKey).toEqual(keyOf('large', last));
    expect(atsOf((await allPages(subject, of('large'))).found)).toEqual([1, 2, 3, 4, 5]);
  },
};

const topic = (name: string): Partial<QueryCommandInput> => ({
  IndexName: 'topics',
  KeyConditionExpression: 'topic = :topic',
  ExpressionAttributeValues: { ':topic': { S: name } },
});

/** An index may be behind its table: asks until it has so many. */
const indexed = async (
  subject: Subject,
  query: Partial<QueryCommandInput>,
  count: number,
): Promise<Item[]> => {
  for (;;) {
    const { found } = await allPages(subject, query);
    if (found.length === count) return found;
  }
};

const indexes: Contract<Subject> = {
  'an index has what has its key, in its order, and no more than it projects': async (subject) => {
    const { table } = subject;
    await table.put({ ...keyOf('a', 2), topic: { S: 'index' }, body: { S: 'x' } });
    await table.put({ ...keyOf('b', 1), topic: { S: 'index' } });
    await table.put(keyOf('c', 3));
    const found = await indexed(subject, topic('index'), 2);
    expect(found).toEqual([
      { ...keyOf('b', 1), topic: { S: 'index' } },
      { ...keyOf('a', 2), topic: { S: 'index' } },
    ]);
  },
  'an item leaves an index with its key, and moves with it': async (subject) => {
    const { table } = subject;
    await table.put({ ...keyOf('leaving'), topic: { S: 'left' } });
    await indexed(subject, topic('left'), 1);
    await table.update('leaving', 'SET topic = :topic', {
      ExpressionAttributeValues: { ':topic': { S: 'entered' } },
    });
    await indexed(subject, topic('entered'), 1);
    await table.update('leaving', 'REMOVE topic');
    expect(await indexed(subject, topic('left'), 0)).toEqual([]);
    expect(await indexed(subject, topic('entered'), 0)).toEqual([]);
  },
  'pages of an index begin after an item of the table': async (subject) => {
    for (const pk of ['p', 'q', 'r']) await subject.table.put({ ...keyOf(pk, 1), topic: { S: 'paged' } });
    await indexed(subject, topic('paged'), 3);
    const { LastEvaluatedKey } = await subject.table.query({ ...topic('paged'), Limit: 1 });
    expect(Object.keys(LastEvaluatedKey ?? {}).sort()).toEqual(['at', 'pk', 'topic']);
    const { found } = await allPages(subject, { ...topic('paged'), Limit: 1 });
    expect(found.map(({ pk }) => pk?.S).sort()).toEqual(['p', 'q', 'r']);
  },
};

const costs: Contract<Subject> = {
  'a query costs by what it reads together, filtered or not': async (subject) => {
    await fill(subject, 'query-price', [1, 2, 3], { body: { S: 'x'.repeat(2_000) } });
    const { ConsumedCapacity } = await subject.table.query({
      ...of('query-price'),
      FilterExpression: 'attribute_exists(nothing)',
      ConsistentRead: true,
      ReturnConsumedCapacity: 'TOTAL',
    });
    expect(ConsumedCapacity?.CapacityUnits).toBe(2);
  },
};

export const queryContract = (subject: () => Subject): void => {
  holds('DynamoDB, order', orders, subject);
  holds('DynamoDB, pages', pages, subject);
  holds('DynamoDB, indexes', indexes, subject);
  holds('DynamoDB, units of queries', costs, subject);
};
