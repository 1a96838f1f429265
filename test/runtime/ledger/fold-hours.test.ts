import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { hoursBetween, keyOf } from '../../../lib/pipeline/money/ledger.ts';
import { allTenantsDayOf, tenantDayOf } from '../../../lib/pipeline/money/totals.ts';
import { dayStartMs, utcDay, utcHour } from '../../../lib/pipeline/utc.ts';
import { foldHours } from '../../../lib/runtime/ledger/fold-hours.ts';
import { createLedgerTable } from '../../../lib/runtime/ledger/ledger-table.ts';
import { createTotalsTable } from '../../../lib/runtime/ledger/totals-table.ts';
import { aJob } from '../../builders.ts';
import { entryOf, START_MS } from '../../pipeline/money/entries.ts';
import { type LocalTables, startLocalTables } from '../local-tables.ts';

let tables: LocalTables;

beforeAll(async () => {
  tables = await startLocalTables();
});

afterAll(() => tables.stop());

const HOUR_MS = 3_600_000;

/** Books whose clock is moved by hand. */
const openBooks = (nowMs: number) => {
  const clock = { nowMs };
  const client = tables.newClient();
  let batchWrites = 0;
  client.middlewareStack.add(
    (next, { commandName }) =>
      (call) => {
        if (commandName === 'BatchWriteItemCommand') batchWrites += 1;
        return next(call);
      },
    { step: 'initialize' },
  );
  const options = {
    client,
    ledgerTable: tables.ledger,
    totalsTable: tables.totals,
    retentionSeconds: 34_560_000,
    now: () => clock.nowMs,
  };
  const ledger = createLedgerTable({ ...options, client: tables.client });
  const parts = { ledger, totals: createTotalsTable(options), now: options.now };
  return {
    clock,
    ledger,
    fold: () => foldHours(parts),
    totals: parts.totals,
    batchWrites: () => batchWrites,
  };
};

const totalsIn = async (tenantDay: string) => {
  const { Items = [] } = await tables.client.send(
    new QueryCommand({
      TableName: tables.totals,
      KeyConditionExpression: 'tenantDay = :day',
      ExpressionAttributeValues: { ':day': { S: tenantDay } },
    }),
  );
  return Items.map((item) => unmarshall(item));
};

let days = 0;
const nextDayMs = () => START_MS + ++days * 86_400_000;

/** Books that others have left behind are not to be seen in the next test. */
afterEach(async () => {
  const { totals } = openBooks(START_MS);
  for (const mark of await totals.lateHours()) await totals.unmark(mark);
});

describe('a fold', () => {
  it('sets the totals of this hour and the last, by tenant and of all, whatever was there', async () => {
    const atMs = nextDayMs();
    const { ledger, fold, clock } = openBooks(atMs);
    const other = aJob({ lane: 'low', message: { tenantId: 'tenant-b' } });
    const first = { ...entryOf(), atMs };
    await ledger.write([first, { ...entryOf({ callId: '01' }, other), atMs: atMs + HOUR_MS }], 1_000);
    await fold();
    clock.nowMs = atMs + HOUR_MS;
    await ledger.write([{ ...first, callId: '02' }, first], 1_000);
    const { entries, ...folded } = await fold();
    expect(folded).toEqual({ hours: 2, readAtMs: clock.nowMs });
    expect(entries.map(({ tenantId }) => tenantId).sort()).toEqual(['tenant-a', 'tenant-a', 'tenant-b']);
    await fold();
    const day = utcDay(atMs);
    const read = async (tenantDay: string) =>
      (await totalsIn(tenantDay)).map(({ hour, calls, costMicroUsd }) => [hour, calls, costMicroUsd]);
    const [early, late] = [utcHour(atMs), utcHour(atMs + HOUR_MS)];
    expect(await read(allTenantsDayOf(day))).toEqual([
      [early, 2, 260],
      [late, 1, 130],
    ]);
    expect(await read(tenantDayOf('tenant-a', day))).toEqual([[early, 2, 260]]);
    const [row] = await totalsIn(tenantDayOf('tenant-b', day));
    expect(JSON.parse(row?.cells)).toMatchObject([{ provider: 'openai', lane: 'low', costMicroUsd: 130 }]);
  });

  it('writes no totals when nothing has changed, and marks when it was', async () => {
    const { ledger, fold, batchWrites } = openBooks(nextDayMs());
    await ledger.write([{ ...entryOf(), atMs: nextDayMs() - 86_400_000 }], 1_000);
    await fold();
    const before = batchWrites();
    await fold();
    expect([before, batchWrites()]).toEqual([2, 3]); // the totals and the mark of the running hour, then the mark
  });

  it('does an hour once more that got entries late, and then no more', async () => {
    const atMs = nextDayMs();
    const { ledger, fold, clock, totals } = openBooks(atMs);
    await ledger.write([{ ...entryOf(), atMs }], 1_000);
    await fold();
    clock.nowMs = atMs + 5 * HOUR_MS;
    await ledger.write([{ ...entryOf({ callId: '02' }), atMs }], 1_000);
    const sums = async () => (await totalsIn(allTenantsDayOf(utcDay(atMs)))).map(({ calls }) => calls);
    expect(await sums()).toEqual([1]);
    expect(await fold()).toMatchObject({ hours: 6 });
    expect(await sums()).toEqual([2]);
    // the mark is too young for all of its entries to be seen for certain
    clock.nowMs += 60_000;
    expect(await fold()).toMatchObject({ hours: 3 });
    expect(await fold()).toMatchObject({ hours: 2 });
    expect(await totals.lateHours()).toMatchObject([{ hour: `running#${utcHour(clock.nowMs)}` }]);
  });

  it('makes up for folds that were missed, however long that was', async () => {
    const atMs = nextDayMs();
    const { ledger, fold, clock } = openBooks(atMs);
    await fold();
    await ledger.write([{ ...entryOf(), atMs: atMs + 5 * 60_000 }], 1_000);
    clock.nowMs = atMs + 26 * HOUR_MS;
    await fold();
    const calls = async () => (await totalsIn(allTenantsDayOf(utcDay(atMs)))).map((row) => row.calls);
    expect(await calls()).toEqual([1]);
  });

  it('makes up for months of them in parts: all of today, by which budgets are corrected, then the oldest', async () => {
    const atMs = nextDayMs();
    const { ledger, fold, clock, totals } = openBooks(atMs);
    await fold();
    clock.nowMs = atMs + 100 * HOUR_MS;
    const todayMs = dayStartMs(utcDay(clock.nowMs));
    await ledger.write([{ ...entryOf(), atMs: todayMs }], 1_000);
    for (const mark of await totals.lateHours())
      if (mark.hour === utcHour(todayMs)) await totals.unmark(mark);
    const calls = async () => (await totalsIn(allTenantsDayOf(utcDay(todayMs)))).map((row) => row.calls);
    const reached = async () => (await totals.lateHours()).map(({ hour }) => hour);
    const today = hoursBetween(todayMs, clock.nowMs).length;
    const earlier = 101 - today;
    expect(earlier).toBeGreaterThan(48);
    expect(await fold()).toMatchObject({ hours: 48 + today });
    expect(await reached()).toEqual([`running#${utcHour(atMs + 47 * HOUR_MS)}`]);
    expect(await calls()).toEqual([1]);
    expect(await fold()).toMatchObject({ hours: earlier - 47 + today });
    expect(await reached()).toEqual([`running#${utcHour(clock.nowMs)}`]);
  });

  it('folds the other hours when one cannot be read, and says so each time until it can', async () => {
    const atMs = nextDayMs();
    const { ledger, fold, clock } = openBooks(atMs);
    await ledger.write([{ ...entryOf(), atMs }], 1_000);
    const period = keyOf({ ...entryOf(), atMs: atMs - HOUR_MS }).period;
    const Item = marshall({ period, entry: 'no entry' });
    await tables.client.send(new PutItemCommand({ TableName: tables.ledger, Item }));
    await expect(fold()).rejects.toThrow('1 hours were not folded');
    expect((await totalsIn(allTenantsDayOf(utcDay(atMs)))).map((row) => row.calls)).toEqual([1]);
    clock.nowMs += 3 * HOUR_MS;
    await fold();
  });

  it('keeps a mark that is set anew while it folds', async () => {
    const atMs = nextDayMs();
    const { ledger, clock, totals } = openBooks(atMs + 5 * HOUR_MS);
    await ledger.write([{ ...entryOf(), atMs }], 1_000);
    const [seen] = await totals.lateHours();
    clock.nowMs += 1;
    await ledger.write([{ ...entryOf({ callId: '02' }), atMs }], 1_000);
    if (seen === undefined) throw new Error('the hour is not marked');
    await totals.unmark(seen);
    expect(await totals.lateHours()).toEqual([{ ...seen, markedAtMs: seen.markedAtMs + 1 }]);
  });
});
