import { LEASE_MS } from '../../../lib/pipeline/money/budget.ts';
import {
  type BudgetState,
  budgetStateSchema,
  GRACE_MS,
  recordedMicroUsd,
} from '../../../lib/pipeline/money/budget-record.ts';
import { budgetKeyOf, createBudgets } from '../../../lib/pipeline/money/budgets.ts';
import { createDynamoDbFleetStore } from '../../../lib/runtime/dynamodb-fleet-store.ts';
import { correctBudgets } from '../../../lib/runtime/ledger/correct-budgets.ts';
import { foldHours } from '../../../lib/runtime/ledger/fold-hours.ts';
import { createLedgerTable } from '../../../lib/runtime/ledger/ledger-table.ts';
import { createSpentOn } from '../../../lib/runtime/ledger/spent-on.ts';
import { createTotalsTable } from '../../../lib/runtime/ledger/totals-table.ts';
import { tenantHash } from '../../../lib/runtime/tenant-hash.ts';
import { aJob } from '../../builders.ts';
import { entryOf, START_MS } from '../../pipeline/money/entries.ts';
import { type LocalTables, startLocalTables } from '../local-tables.ts';

let tables: LocalTables;

beforeAll(async () => {
  tables = await startLocalTables();
});

afterAll(() => tables.stop());

const DAY = '2026-11-26';

/** A stage with one tenant that has a budget, on a clock that is moved by hand. */
const openStage = (tenantId: string) => {
  const clock = { nowMs: START_MS };
  const now = () => clock.nowMs;
  const rules = { criticalShare: 0, tenants: { [tenantId]: 1_000_000 } };
  const store = createDynamoDbFleetStore({ client: tables.client, tableName: tables.fleet, now });
  const options = {
    client: tables.client,
    ledgerTable: tables.ledger,
    totalsTable: tables.totals,
    retentionSeconds: 34_560_000,
    now,
  };
  const ledger = createLedgerTable(options);
  const totals = createTotalsTable(options);
  const spentOn = createSpentOn({ ...options, retryMs: 1_000 });
  const timer = () => ({ signal: AbortSignal.abort(), cancel: () => undefined });
  const budgets = createBudgets({
    store,
    clock: { now, timer },
    chance: { random: () => 0, newId: () => `environment-of-${tenantId}` },
    hashOf: tenantHash,
    totalOf: spentOn,
    onRebuilt: async () => undefined,
    onWarning: async () => undefined,
    lane: 'critical',
    rules,
  });
  const key = budgetKeyOf(tenantHash(tenantId), DAY);
  return {
    clock,
    budgets,
    enter: (callId: string, atMs: number) =>
      ledger.write([{ ...entryOf({ callId }, aJob({ message: { tenantId } })), atMs }], 1_000),
    totalCosts: async () =>
      correctBudgets({ spentOn, store, rules }, await foldHours({ ledger, totals, now })),
    record: async (): Promise<BudgetState> =>
      budgetStateSchema.parse((await store.list(key.family))[0]?.value),
  };
};

/** What entries of `entryOf` cost, in micro-dollars. */
const COST = 130;

it('the lease of an environment that died is spent no more than the ledger says', async () => {
  const { clock, budgets, enter, totalCosts, record } = openStage('tenant-of-the-dead');
  await budgets.reserve({ tenantId: 'tenant-of-the-dead', microUsd: 5_000 }); // and it dies in the call
  await enter('0d', START_MS + 1_000);
  expect(Object.values((await record()).leases)).toEqual([[5_000, 0, START_MS + LEASE_MS]]);
  clock.nowMs = START_MS + LEASE_MS + GRACE_MS;
  expect(await totalCosts()).toBe(1);
  // calls that ended just now may not be in the ledger yet
  expect(Object.values((await record()).leases)).toEqual([[5_000, 0, START_MS + LEASE_MS]]);
  clock.nowMs += 240_000;
  expect(await totalCosts()).toBe(1);
  expect(await record()).toMatchObject({ spentMicroUsd: COST, ahead: [], leases: {} });
  expect(await totalCosts()).toBe(0);
});

it('a call that has just ended is not counted twice, told and in the ledger', async () => {
  const { clock, budgets, enter, totalCosts, record } = openStage('tenant-at-work');
  const end = async (callId: string) => {
    const spending = await budgets.reserve({ tenantId: 'tenant-at-work', microUsd: 5_000 });
    if (spending.kind === 'granted') await spending.settle(COST);
    await enter(callId, clock.nowMs);
  };
  await end('c1');
  clock.nowMs += 400_000;
  await end('c2');
  await totalCosts();
  expect(recordedMicroUsd(await record())).toBe(2 * COST);
  clock.nowMs += 400_000;
  await totalCosts();
  expect(recordedMicroUsd(await record())).toBe(2 * COST);
});

it('the day of all hours counts, and calls of others and of yesterday do not', async () => {
  const { clock, budgets, enter, totalCosts, record } = openStage('tenant-all-day');
  const other = openStage('tenant-of-another-stage');
  await enter('a1', START_MS - 5 * 3_600_000); // yesterday
  await enter('a2', START_MS - 2 * 3_600_000);
  await other.enter('a3', START_MS);
  clock.nowMs = START_MS - 3_600_000;
  await totalCosts();
  clock.nowMs = START_MS;
  await budgets.reserve({ tenantId: 'tenant-all-day', microUsd: 5_000 });
  await enter('a4', START_MS + 1_000);
  clock.nowMs = START_MS + LEASE_MS + GRACE_MS + 240_000;
  expect(await totalCosts()).toBe(1);
  expect((await record()).spentMicroUsd).toBe(2 * COST);
});

it('without a budget no record is read, nor in the first minutes of a day', async () => {
  const unread = async () => Promise.reject(new Error('read without need'));
  const store = { list: unread, replace: unread };
  const entries = [entryOf({ callId: 'ff' }, aJob({ message: { tenantId: 'tenant-a' } }))];
  const folded = { entries, readAtMs: START_MS };
  const corrected = (perDayMicroUsd: number | undefined, readAtMs: number) =>
    correctBudgets(
      {
        spentOn: unread,
        store,
        rules: { criticalShare: 0, tenants: {}, ...(perDayMicroUsd && { perDayMicroUsd }) },
      },
      { ...folded, readAtMs },
    );
  expect(await corrected(undefined, START_MS)).toBe(0);
  expect(await corrected(1, Date.parse('2026-11-26T00:01:00Z'))).toBe(0);
  await expect(corrected(1, START_MS)).rejects.toThrow('read without need');
});
