import {
  budgetStateSchema,
  leasedMicroUsd,
  recordedMicroUsd,
} from '../../../lib/pipeline/money/budget-record.ts';
import { budgetKeyOf, createBudgets, type Spending } from '../../../lib/pipeline/money/budgets.ts';
import { correctBudget } from '../../../lib/pipeline/money/correct-budget.ts';
import type { FleetStore } from '../../../lib/pipeline/ports.ts';
import { DAY_MS } from '../../../lib/pipeline/utc.ts';
import { inMemoryFleetStore } from '../../../lib/simulation/in-memory-fleet-store.ts';
import { virtualClock } from '../../builders.ts';

const START_MS = Date.parse('2026-11-26T10:00:00Z');
const tenantId = 'tenant-a';

const inMemory = () => {
  const clock = virtualClock(START_MS);
  return { clock, store: inMemoryFleetStore(clock.now) };
};

type World = { clock: ReturnType<typeof virtualClock>; store: FleetStore };

const environment = (world: World, changes: Partial<Parameters<typeof createBudgets>[0]> = {}) =>
  createBudgets({
    ...world,
    chance: { random: () => 0, newId: () => 'environment-1' },
    lane: 'critical',
    rules: { criticalShare: 0, tenants: { [tenantId]: 10_000_000 } },
    hashOf: (id) => `hash-of-${id}`,
    totalOf: async () => 0,
    onWarning: async () => {},
    onRebuilt: async () => {},
    ...changes,
  });

const reserve = (budgets: ReturnType<typeof createBudgets>, microUsd = 1_000) =>
  budgets.reserve({ tenantId, microUsd });

const end = async (spending: Spending, cost: number) => {
  if (spending.kind !== 'granted') throw new Error('no money was granted');
  await spending.settle(cost);
};

const recordOf = async (store: FleetStore, day = '2026-11-26') => {
  const records = await store.list('budget#hash-of-tenant-a');
  return budgetStateSchema.parse(records.find(({ name }) => name === day)?.value);
};

/** What the record has for spent. */
const spentIn = async (store: FleetStore, day?: string) => recordedMicroUsd(await recordOf(store, day));

describe('an environment', () => {
  it('asks nobody for a tenant without a budget', async () => {
    const world = inMemory();
    const list = jest.spyOn(world.store, 'list');
    const spending = await environment(world).reserve({ tenantId: 'other', microUsd: 5 });
    await end(spending, 7);
    expect(list).not.toHaveBeenCalled();
    expect(world.store.writes()).toBe(0);
  });

  it('takes larger blocks as it makes more calls, and tells of its first call at once', async () => {
    const world = inMemory();
    const budgets = environment(world);
    await end(await reserve(budgets), 700);
    expect(await spentIn(world.store)).toBe(700);
    for (let calls = 1; calls < 41; calls += 1) await end(await reserve(budgets), 1_000);
    // 1 and its end, then 4, 16 and 20 calls
    expect(world.store.writes()).toBe(5);
  });

  it('settles each call once', async () => {
    const world = inMemory();
    const spending = await reserve(environment(world));
    await end(spending, 700);
    await end(spending, 5);
    expect(await spentIn(world.store)).toBe(700);
  });

  it('gives back what no call was made with', async () => {
    const world = inMemory();
    const spending = await reserve(environment(world));
    if (spending.kind === 'granted') await spending.cancel();
    const record = await recordOf(world.store);
    expect([recordedMicroUsd(record), leasedMicroUsd(record)]).toEqual([0, 0]);
  });

  it('tells at once of a call that cost more than is left of its block', async () => {
    const world = inMemory();
    const budgets = environment(world);
    await end(await reserve(budgets), 1_000);
    await end(await reserve(budgets), 9_000);
    expect(await spentIn(world.store)).toBe(10_000);
  });

  it('begins a new day at 00:00 UTC, and tells what the old one still owed', async () => {
    const world = inMemory();
    const budgets = environment(world);
    await end(await reserve(budgets), 1_000);
    await end(await reserve(budgets), 1_000);
    const late = await reserve(budgets);
    await world.clock.advance(DAY_MS - (START_MS % DAY_MS));
    await end(await reserve(budgets), 400);
    await end(late, 1_000);
    expect(await spentIn(world.store)).toBe(3_000);
    expect(await spentIn(world.store, '2026-11-27')).toBe(400);
  });
});

describe('when the money is spent', () => {
  const spent = async () => {
    const world = inMemory();
    const budgets = environment(world, { rules: { criticalShare: 0, tenants: { [tenantId]: 1_500 } } });
    await end(await reserve(budgets), 1_000);
    return { ...world, budgets };
  };

  it('says so, and does not ask the store for each of a flood', async () => {
    const { store, budgets } = await spent();
    expect(await reserve(budgets)).toEqual({ kind: 'exhausted' });
    const list = jest.spyOn(store, 'list');
    const writes = store.writes();
    for (let job = 0; job < 100; job += 1) expect(await reserve(budgets)).toEqual({ kind: 'exhausted' });
    expect(list).not.toHaveBeenCalled();
    expect(store.writes()).toBe(writes);
  });

  it('still makes a call that costs no more than what is left', async () => {
    const { budgets } = await spent();
    expect((await reserve(budgets)).kind).toBe('exhausted');
    expect((await reserve(budgets, 500)).kind).toBe('granted');
  });

  it('leaves the reserve to critical', async () => {
    const world = inMemory();
    const rules = { criticalShare: 0.5, tenants: { [tenantId]: 2_000 } };
    const high = environment(world, { rules, lane: 'high' });
    await end(await reserve(high), 1_000);
    expect((await reserve(high)).kind).toBe('exhausted');
    expect((await reserve(environment(world, { rules }))).kind).toBe('granted');
  });
});

describe('the warning', () => {
  it('is raised once; when raising fails, by whoever writes a minute later', async () => {
    const world = inMemory();
    const onWarning = jest.fn().mockRejectedValueOnce(new Error('no way out')).mockResolvedValue(undefined);
    const rules = { criticalShare: 0, tenants: { [tenantId]: 10_000 } };
    const budgets = environment(world, { rules, onWarning });
    await end(await reserve(budgets), 8_500);
    await end(await reserve(budgets, 10), 10);
    expect(onWarning).toHaveBeenCalledTimes(1);
    await world.clock.advance(60_000);
    await end(await reserve(budgets, 10), 10);
    await world.clock.advance(60_000);
    await end(await reserve(budgets, 10), 10);
    expect(onWarning.mock.calls).toEqual(
      [1, 2].map(() => [{ tenantId, day: '2026-11-26', lane: 'critical', limitMicroUsd: 10_000 }]),
    );
  });
});

describe('a store', () => {
  const broken = async () => {
    throw new Error('the store is down');
  };

  it.each(['list', 'replace'] as const)(
    'that fails to %s stops no call, and is told when it is back',
    async (method) => {
      const world = inMemory();
      const failing = jest.spyOn(world.store, method).mockImplementation(broken);
      const budgets = environment(world, { rules: { criticalShare: 0, tenants: { [tenantId]: 3_000 } } });
      for (let call = 0; call < 10; call += 1) await end(await reserve(budgets), 900);
      expect(failing).toHaveBeenCalledTimes(1);
      failing.mockRestore();
      await world.clock.advance(1_000);
      expect((await reserve(budgets)).kind).toBe('exhausted');
      expect(await spentIn(world.store)).toBe(9_000);
    },
  );

  it('that is always written by somebody else leaves the job to try again', async () => {
    const world = inMemory();
    const replace: FleetStore['replace'] = async () => ({ kind: 'changed', current: undefined });
    const asked = reserve(environment({ ...world, store: { ...world.store, replace } }));
    for (let tries = 0; tries < 60; tries += 1) await world.clock.advance(1);
    expect(await asked).toEqual({ kind: 'contended' });
  });

  const illegible = async () => {
    const world = inMemory();
    await world.store.replace(budgetKeyOf('hash-of-tenant-a', '2026-11-26'), 0, { spent: 'all' }, DAY_MS);
    return world;
  };

  it('that holds what cannot be read begins anew with what the ledger has, and says so once', async () => {
    const world = await illegible();
    const onRebuilt = jest.fn().mockRejectedValue(new Error('no way out'));
    const rules = { criticalShare: 0, tenants: { [tenantId]: 10_000 } };
    const budgets = environment(world, { rules, onRebuilt, totalOf: async () => 9_500 });
    expect((await reserve(budgets)).kind).toBe('exhausted');
    expect(await spentIn(world.store)).toBe(9_500);
    expect((await reserve(budgets, 500)).kind).toBe('granted');
    expect(onRebuilt.mock.calls).toEqual([[{ tenantId, day: '2026-11-26' }]]);
  });

  it('that lost a record in the middle of a day does not give its money again', async () => {
    const world = inMemory();
    const rules = { criticalShare: 0, tenants: { [tenantId]: 10_000 } };
    expect((await reserve(environment(world, { rules, totalOf: async () => 9_500 }))).kind).toBe('exhausted');
  });

  it('that holds what cannot be read, when the totals cannot be read either, stops no call', async () => {
    const budgets = environment(await illegible(), { totalOf: broken });
    expect((await reserve(budgets)).kind).toBe('granted');
  });
});

describe('the ledger', () => {
  it('corrects the record of an environment that fell silent', async () => {
    const world = inMemory();
    await reserve(environment(world));
    await world.clock.advance(600_000);
    const key = budgetKeyOf('hash-of-tenant-a', '2026-11-26');
    const total = { spentMicroUsd: 640, untilMs: world.clock.now() };
    expect(await correctBudget(world.store, key, total)).toBe('corrected');
    expect(await recordOf(world.store)).toMatchObject({ spentMicroUsd: 640, ahead: [], leases: {} });
    expect(await correctBudget(world.store, key, total)).toBe('unchanged');
  });

  it('leaves what cannot be read to those who tell somebody', async () => {
    const world = inMemory();
    const key = budgetKeyOf('hash-of-tenant-a', '2026-11-26');
    await world.store.replace(key, 0, { spent: 'all' }, DAY_MS);
    expect(await correctBudget(world.store, key, { spentMicroUsd: 640, untilMs: START_MS })).toBe(
      'unchanged',
    );
  });
});
