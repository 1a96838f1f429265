import type { Scope } from '../../../lib/api/scope.ts';
import { foldEntries } from '../../../lib/pipeline/money/totals.ts';
import { createCostOperations } from '../../../lib/runtime/api/cost-operations.ts';
import { createDayTotals } from '../../../lib/runtime/ledger/day-totals.ts';
import { foldedUntilMs, foldHours } from '../../../lib/runtime/ledger/fold-hours.ts';
import { createLedgerTable } from '../../../lib/runtime/ledger/ledger-table.ts';
import { createTotalsTable } from '../../../lib/runtime/ledger/totals-table.ts';
import { aJob } from '../../builders.ts';
import { entryOf } from '../../pipeline/money/entries.ts';
import { type LocalTables, startLocalTables } from '../local-tables.ts';

let tables: LocalTables;

beforeAll(async () => {
  tables = await startLocalTables();
});
afterAll(() => tables.stop());

const NOW_MS = Date.parse('2026-11-26T09:30:00Z');
const RETENTION_SECONDS = 400 * 86_400;

const optionsOf = (nowMs: number) => ({
  client: tables.client,
  ledgerTable: tables.ledger,
  totalsTable: tables.totals,
  retentionSeconds: RETENTION_SECONDS,
  now: () => nowMs,
});

type Query = Partial<Record<'from' | 'to' | 'tenantId', string>> & { groupBy?: 'day' | 'model' | 'lane' };

const ask = async (query: Query = {}, tenantId = 'tenant-a', scopes: readonly Scope[] = ['jobs:read']) => {
  const operations = createCostOperations({
    totals: createDayTotals(optionsOf(NOW_MS)),
    clock: { now: () => NOW_MS },
    keptSeconds: RETENTION_SECONDS,
  });
  return operations.getCosts({
    caller: { tenantId, clientId: 'finance', scopes },
    query: { from: undefined, to: undefined, tenantId: undefined, groupBy: undefined, ...query },
    ...{ params: undefined, headers: undefined, body: undefined, traceparent: undefined, requestId: 'r1' },
    remainingMs: () => 10_000,
  });
};

const bodyOf = async (...given: Parameters<typeof ask>) => {
  const answer = await ask(...given);
  if (answer.kind === 'problem') throw new Error(JSON.stringify(answer));
  return answer.body;
};

const spendIn = (hour: string, tenantId: string, calls: number) =>
  createTotalsTable(optionsOf(NOW_MS)).set(
    hour,
    foldEntries(
      Array.from({ length: calls }, (_, nth) =>
        entryOf({ callId: String(nth).padStart(16, '0') }, aJob({ message: { tenantId } })),
      ),
    ),
  );

it('are those of a week by default, today included, each tenant its own, hour by hour added', async () => {
  await spendIn('2026-11-19T23', 'tenant-a', 4); // the day before
  await spendIn('2026-11-20T00', 'tenant-a', 2);
  await spendIn('2026-11-26T08', 'tenant-a', 1);
  await spendIn('2026-11-26T09', 'tenant-b', 3);
  const body = await bodyOf();
  expect([body.from, body.to, body.scope, body.tenantId]).toEqual([
    ...['2026-11-20', '2026-11-26', 'tenant', 'tenant-a'],
  ]);
  expect(body.rows.map(({ day, calls }) => [day.slice(-2), calls])).toEqual([
    ...[
      ['20', 2],
      ['21', 0],
      ['22', 0],
      ['23', 0],
      ['24', 0],
      ['25', 0],
      ['26', 1],
    ],
  ]);
  expect(body.total).toEqual({
    ...{ calls: 3, estimatedCalls: 0, inputTokens: 3_000, cachedInputTokens: 0, outputTokens: 600 },
    ...{ costMicroUsd: 390, costUsd: '0.000390' },
  });
  const all = await bodyOf({ groupBy: 'model' }, 'platform', ['ops:read']);
  expect([all.scope, all.tenantId, all.total.calls]).toEqual(['all-tenants', undefined, 6]);
  const named = await bodyOf({ tenantId: 'tenant-b' }, 'platform', ['ops:read']);
  expect([named.tenantId, named.total.calls]).toEqual(['tenant-b', 3]);
  expect((await bodyOf({ to: '2026-11-19' })).total.calls).toBe(4);
});

it.each<[Query, string, string]>([
  [{}, '2026-11-20', '2026-11-26'],
  [{ to: '2026-12-31' }, '2026-11-20', '2026-11-26'],
  [{ to: '2026-03-03' }, '2026-02-25', '2026-03-03'],
  [{ from: '2026-11-26' }, '2026-11-26', '2026-11-26'],
  [{ from: '2026-08-27' }, '2026-08-27', '2026-11-26'], // 92 days
  [{ from: '2025-10-23', to: '2025-10-24' }, '2025-10-23', '2025-10-24'], // the first that is kept whole
])('of %j are those from %s to %s', async (query, from, to) => {
  expect(await bodyOf(query)).toMatchObject({ from, to });
});

it.each<[Query, string]>([
  [{ from: '2026-08-26' }, '92 days'],
  [{ from: '2026-11-27' }, 'later'],
  [{ from: '2026-11-26', to: '2026-11-25' }, 'later'],
  [{ from: '2025-10-22', to: '2025-10-23' }, '400 days'],
  [{ to: '2020-01-01' }, '400 days'],
])('of %j are refused: %s', async (query, word) => {
  expect(await ask(query)).toMatchObject({
    ...{ kind: 'problem', name: 'invalid-request' },
    faults: [{ field: 'query.from', fault: expect.stringContaining(word) }],
  });
});

it('of another tenant are refused to all but operators', async () => {
  expect(await ask({ tenantId: 'tenant-b' })).toMatchObject({ kind: 'problem', name: 'other-tenant' });
  expect(await bodyOf({ tenantId: 'tenant-a' })).toMatchObject({ tenantId: 'tenant-a' });
});

it('are as of the last fold that left no hour out', async () => {
  expect((await bodyOf()).asOf).toBeUndefined();
  const fold = (nowMs: number, read = createLedgerTable(optionsOf(nowMs)).read) =>
    foldHours({ ledger: { read }, totals: createTotalsTable(optionsOf(nowMs)), now: () => nowMs });
  await fold(NOW_MS - 600_000);
  expect((await bodyOf()).asOf).toBe('2026-11-26T09:20:00.000Z');
  await fold(NOW_MS - 300_000);
  expect((await bodyOf()).asOf).toBe('2026-11-26T09:25:00.000Z');
  const failing = fold(NOW_MS, () => Promise.reject(new Error('an hour cannot be read')));
  await expect(failing).rejects.toThrow('not folded');
  expect((await bodyOf()).asOf).toBe('2026-11-26T09:25:00.000Z');
});

it('are as of the last hour that is made up for, when folds were missed for days', () => {
  const marks = [
    { hour: 'running#2026-11-20T07', markedAtMs: NOW_MS },
    { hour: '2026-11-25T07', markedAtMs: NOW_MS }, // an hour that got entries late
  ];
  expect(foldedUntilMs(marks)).toBe(Date.parse('2026-11-20T08:00:00Z'));
  expect(foldedUntilMs([...marks, { hour: 'running#2026-11-26T09', markedAtMs: NOW_MS }])).toBe(NOW_MS);
  expect(foldedUntilMs(marks.slice(1))).toBeUndefined();
});

it('are read a few days at a time', async () => {
  let [running, most] = [0, 0];
  const operations = createCostOperations({
    totals: {
      foldedUntilMs: async () => undefined,
      cellsOf: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return [];
      },
    },
    clock: { now: () => NOW_MS },
    keptSeconds: RETENTION_SECONDS,
  });
  await operations.getCosts({
    caller: { tenantId: 'tenant-a', clientId: 'finance', scopes: ['jobs:read'] },
    query: { from: '2026-08-27', to: undefined, tenantId: undefined, groupBy: undefined },
    ...{ params: undefined, headers: undefined, body: undefined, traceparent: undefined, requestId: 'r1' },
    remainingMs: () => 10_000,
  });
  expect(most).toBe(8);
});
