import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import type { FleetRecord, FleetStore } from '../../lib/pipeline/ports.ts';
import { DAY_MS } from '../../lib/pipeline/utc.ts';
import { createDynamoDbFleetStore } from '../../lib/runtime/dynamodb-fleet-store.ts';
import { inMemoryFleetStore } from '../../lib/simulation/in-memory-fleet-store.ts';
import { type LocalTables, startLocalTables } from './local-tables.ts';

let tables: LocalTables;
let nowMs = 1_000_000;
let families = 0;

beforeAll(async () => {
  tables = await startLocalTables();
});

afterAll(() => tables.stop());

const now = () => nowMs;
const fleetStore = (client = tables.client) =>
  createDynamoDbFleetStore({ client, tableName: tables.fleet, now });
const newFamily = () => `family-${families++}`;
const putByHand = (row: Record<string, unknown>) =>
  tables.client.send(new PutItemCommand({ TableName: tables.fleet, Item: marshall(row) }));

describe.each<[string, () => FleetStore]>([
  ['in memory', () => inMemoryFleetStore(now)],
  ['in DynamoDB', fleetStore],
])('a fleet store %s', (_where, create) => {
  it('replaces what has the version that was seen, and shows the rest what is there now', async () => {
    const store = create();
    const key = { family: newFamily(), name: 'a' };
    expect(await store.replace(key, 0, { failures: 1 }, DAY_MS)).toEqual({ kind: 'replaced' });
    expect(await store.replace(key, 0, { failures: 7 }, DAY_MS)).toMatchObject({
      kind: 'changed',
      current: { name: 'a', version: 1, value: { failures: 1 } },
    });
    expect(await store.replace(key, 1, { failures: 2 }, DAY_MS)).toEqual({ kind: 'replaced' });
    expect(await store.list(key.family)).toMatchObject([{ name: 'a', version: 2, value: { failures: 2 } }]);
  });

  it('lets one of many that have seen the same version write', async () => {
    const store = create();
    const key = { family: newFamily(), name: 'a' };
    const writes = Array.from({ length: 20 }, (_, by) => store.replace(key, 0, { by }, DAY_MS));
    expect((await Promise.all(writes)).filter(({ kind }) => kind === 'replaced')).toHaveLength(1);
  });

  it('forgets a record when its time is up, whether or not it has been deleted', async () => {
    const store = create();
    const key = { family: newFamily(), name: 'a' };
    await store.replace(key, 0, 'old', 5_000);
    nowMs += 5_000;
    expect(await store.list(key.family)).toEqual([]);
    expect(await store.replace(key, 1, 'late', DAY_MS)).toEqual({ kind: 'changed', current: undefined });
    expect(await store.replace(key, 0, 'new', DAY_MS)).toEqual({ kind: 'replaced' });
    expect(await store.list(key.family)).toMatchObject([{ version: 1, value: 'new' }]);
  });
});

describe('the DynamoDB fleet store', () => {
  it('agrees with the rules for any history', async () => {
    const step = fc.record({
      name: fc.constantFrom('a', 'b'),
      seen: fc.nat(3),
      value: fc.jsonValue(),
      keepForMs: fc.integer({ min: 1, max: 4 }).map((seconds) => seconds * 1000), // TTL counts in seconds
      passedMs: fc.nat(2).map((seconds) => seconds * 1000),
    });
    const shown = (records: readonly FleetRecord[]) =>
      records.map(({ name, version, value }) => ({ name, version, value })).sort(byName);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (history) => {
        const family = newFamily();
        const [ours, rules] = [fleetStore(), inMemoryFleetStore(now)];
        for (const { name, seen, value, keepForMs, passedMs } of history) {
          nowMs += passedMs;
          const play = (store: FleetStore) => store.replace({ family, name }, seen, value, keepForMs);
          expect(await play(ours)).toMatchObject(await play(rules).then(withoutKey));
          expect(shown(await ours.list(family))).toEqual(shown(await rules.list(family)));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('recognises its own write when the reply was lost and the call is repeated', async () => {
    const key = { family: newFamily(), name: 'a' };
    expect(await fleetStore(tables.forgetfulClient()).replace(key, 0, 'same', DAY_MS)).toEqual({
      kind: 'replaced',
    });
  });

  it('does not take the same value of another worker for its own write', async () => {
    const key = { family: newFamily(), name: 'a' };
    await fleetStore().replace(key, 0, 'same', DAY_MS);
    expect(await fleetStore().replace(key, 0, 'same', DAY_MS)).toMatchObject({ kind: 'changed' });
  });

  it('lists a family of more than a megabyte', async () => {
    const family = newFamily();
    const value = 'x'.repeat(300_000);
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      await fleetStore().replace({ family, name }, 0, value, DAY_MS);
    expect((await fleetStore().list(family)).map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('takes a record that a person has written, and lets it be replaced', async () => {
    const family = newFamily();
    await putByHand({ family, name: 'held', value: '{ "hold": "open" }' });
    await putByHand({ family, name: 'mistyped', version: 4, value: '{ hold: open }' });
    expect(await fleetStore().list(family)).toEqual([
      { name: 'held', version: 0, value: { hold: 'open' } },
      { name: 'mistyped', version: 4, value: undefined },
    ]);
    expect(await fleetStore().replace({ family, name: 'held' }, 0, {}, DAY_MS)).toEqual({ kind: 'replaced' });
    expect(await fleetStore().replace({ family, name: 'mistyped' }, 4, {}, DAY_MS)).toEqual({
      kind: 'replaced',
    });
  });

  it.each([
    ['a version that is a word', { version: { S: 'four' }, expiresAt: { N: '9999999999' } }],
    ['a version that no number follows', { version: { N: String(2 ** 60) }, expiresAt: { N: '9999999999' } }],
    ['a version below none', { version: { N: '-3' }, expiresAt: { N: '9999999999' } }],
    ['an end that is a word', { version: { N: '4' }, expiresAt: { S: 'tomorrow' } }],
  ])('takes a record with %s for none, and lets it be overwritten', async (_what, { version, expiresAt }) => {
    const family = newFamily();
    const Item = { ...marshall({ family, name: 'a', value: '{}' }), version, expiresAt };
    await tables.client.send(new PutItemCommand({ TableName: tables.fleet, Item }));
    expect(await fleetStore().list(family)).toEqual([]);
    expect(await fleetStore().replace({ family, name: 'a' }, 0, { mended: true }, DAY_MS)).toEqual({
      kind: 'replaced',
    });
    expect(await fleetStore().list(family)).toMatchObject([{ version: 1, value: { mended: true } }]);
  });

  it('writes a row that a person can read and that expires', async () => {
    const family = newFamily();
    await fleetStore().replace({ family, name: 'a' }, 0, { failures: 1 }, 60_000);
    const { Item } = await tables.client.send(
      new GetItemCommand({ TableName: tables.fleet, Key: marshall({ family, name: 'a' }) }),
    );
    expect(Item).toMatchObject({
      version: { N: '1' },
      value: { S: '{"failures":1}' },
      expiresAt: { N: String(nowMs / 1000 + 60) },
    });
  });
});

const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);

/** The map's record knows its key; DynamoDB's shows what the port promises. */
const withoutKey = (replaced: Awaited<ReturnType<FleetStore['replace']>>) => {
  if (replaced.kind === 'replaced' || replaced.current === undefined) return replaced;
  const { name, version, value } = replaced.current;
  return { ...replaced, current: { name, version, value } };
};
