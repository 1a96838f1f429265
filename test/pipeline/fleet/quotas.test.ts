import fc from 'fast-check';
import { type Quota, quotaStateSchema } from '../../../lib/pipeline/fleet/quota.ts';
import { createQuotas, type Quotas, type Reservation } from '../../../lib/pipeline/fleet/quotas.ts';
import type { FleetStore } from '../../../lib/pipeline/ports.ts';
import { inMemoryFleetStore } from '../../../lib/simulation/in-memory-fleet-store.ts';
import { virtualClock } from '../../builders.ts';

const model = { provider: 'openai', modelId: 'gpt-5' } as const;
const quota: Quota = { ...model, requestsPerMinute: 1_000, tokensPerMinute: 1_000_000 };

const inMemory = () => {
  const clock = virtualClock();
  return { clock, store: inMemoryFleetStore(clock.now) };
};

const environment = (
  world: { clock: ReturnType<typeof virtualClock>; store: FleetStore },
  changes: Partial<Parameters<typeof createQuotas>[0]> = {},
): Quotas =>
  createQuotas({
    ...world,
    chance: { random: () => 0, newId: () => '' },
    lane: 'critical',
    quotas: [quota],
    ...changes,
  });

const reserveMany = (quotas: Quotas, jobs: number, tokens = 100): Promise<Reservation[]> =>
  Promise.all(Array.from({ length: jobs }, () => quotas.reserve({ ...model, tokens })));

const kinds = (reservations: readonly Reservation[]) => new Set(reservations.map(({ kind }) => kind));

const recordOf = async (store: FleetStore) => {
  const [record] = await store.list('quota');
  return { name: record?.name, ...quotaStateSchema.parse(record?.value) };
};

const settle = (reservation: Reservation | undefined, usedTokens: number | undefined) => {
  if (reservation?.kind !== 'granted') throw new Error('nothing to settle');
  reservation.settle(usedTokens);
};

describe('an environment', () => {
  it('starts jobs of a model without a quota, and asks nobody', async () => {
    const world = inMemory();
    const list = jest.spyOn(world.store, 'list');
    const reserved = await environment(world).reserve({ ...model, modelId: 'other', tokens: 1 });
    settle(reserved, 5);
    expect(reserved.kind).toBe('granted');
    expect(list).not.toHaveBeenCalled();
    expect(world.store.writes()).toBe(0);
  });

  it('starts the jobs of a block with one write, also when they come at once', async () => {
    const world = inMemory();
    const quotas = environment(world);
    expect(kinds(await reserveMany(quotas, 15))).toEqual(new Set(['granted']));
    expect(world.store.writes()).toBe(1);
    await reserveMany(quotas, 1);
    expect(world.store.writes()).toBe(2);
    expect(await recordOf(world.store)).toMatchObject({ name: 'openai/gpt-5' });
  });

  it('takes a new block, and hands back the rest, when a job needs more tokens than are left', async () => {
    const world = inMemory();
    const quotas = environment(world);
    await reserveMany(quotas, 1, 100);
    await reserveMany(quotas, 1, 1_500);
    const { requests, tokens } = await recordOf(world.store);
    expect(world.store.writes()).toBe(2);
    // 1 + 13 of 20 requests; the second block is one of 13 jobs that are a little above the 100 of the first
    expect(requests.lanes.critical).toBe(20 - 1 - 13);
    expect(tokens.lanes.critical).toBeCloseTo(20_000 - 100 - 1_500 - 12 * 240);
  });

  it('loses what is left of a block when the next minute is over', async () => {
    const world = inMemory();
    const quotas = environment(world);
    await reserveMany(quotas, 1);
    await world.clock.advance(118_999);
    await reserveMany(quotas, 1);
    expect(world.store.writes()).toBe(1);
    await world.clock.advance(1);
    await reserveMany(quotas, 1);
    expect(world.store.writes()).toBe(2);
  });
});

describe('when nothing is left', () => {
  const flooded = async () => {
    const world = inMemory();
    const low = environment(world, { lane: 'low' });
    const reservations = await reserveMany(low, 100);
    return { ...world, low, reservations, writes: world.store.writes() };
  };

  it('says when there is room, and starts a job then', async () => {
    const { clock, low, reservations } = await flooded();
    const last = reservations.at(-1);
    if (last?.kind !== 'exhausted') throw new Error('a flood of 100 jobs finds an end');
    await clock.advance(last.freeInMs - 1);
    expect(kinds(await reserveMany(low, 1))).toEqual(new Set(['exhausted']));
    await clock.advance(1);
    expect(kinds(await reserveMany(low, 1))).toEqual(new Set(['granted']));
  });

  it('does not ask the store for each of the flood', async () => {
    const { store, low, writes } = await flooded();
    const list = jest.spyOn(store, 'list');
    expect(kinds(await reserveMany(low, 1_000))).toEqual(new Set(['exhausted']));
    expect(list).not.toHaveBeenCalled();
    expect(store.writes()).toBe(writes);
  });

  it('still finds room for critical, and for a smaller job where a larger one found none', async () => {
    const world = await flooded();
    expect(kinds(await reserveMany(environment(world), 15))).toEqual(new Set(['granted']));

    const scarce = { ...quota, tokensPerMinute: 50_000 };
    const quotas = environment(inMemory(), { quotas: [scarce] });
    expect(kinds(await reserveMany(quotas, 1, 900))).toEqual(new Set(['granted']));
    expect(kinds(await reserveMany(quotas, 1, 1_200))).toEqual(new Set(['exhausted']));
    expect(kinds(await reserveMany(quotas, 1, 50))).toEqual(new Set(['granted']));
  });
});

describe('the difference between estimate and use', () => {
  const chargedBy = async (...used: (number | undefined)[]) => {
    const world = inMemory();
    const quotas = environment(world, { quotas: [{ ...quota, requestsPerMinute: 60 }] });
    const [first] = await reserveMany(quotas, 1, 1_000);
    for (const usedTokens of used) settle(first, usedTokens);
    await reserveMany(quotas, 1, 10);
    return 20_000 - (await recordOf(world.store)).tokens.lanes.critical - 10;
  };

  it.each([
    [0, 0],
    [400, 400],
    [1_000, 1_000],
    [7_000, 7_000],
    [undefined, 1_000],
  ])('of a job of 1,000 that used %s charges %i with the next block', async (used, charged) => {
    expect(await chargedBy(used)).toBe(charged);
  });

  it('is settled once', async () => {
    expect(await chargedBy(400, 300)).toBe(400);
    expect(await chargedBy(undefined, 300)).toBe(1_000);
  });

  it('is not lost when it arises while a block is being written', async () => {
    const world = inMemory();
    const reserved: Reservation[] = [];
    const replace: FleetStore['replace'] = async (...change) => {
      const replaced = await world.store.replace(...change);
      if (reserved.length === 1) settle(reserved[0], 1_300);
      return replaced;
    };
    const quotas = environment(
      { ...world, store: { ...world.store, replace } },
      { quotas: [{ ...quota, requestsPerMinute: 60 }] },
    );
    for (const tokens of [1_000, 10]) reserved.push(...(await reserveMany(quotas, 1, tokens)));
    expect((await recordOf(world.store)).tokens.lanes.critical).toBe(20_000 - 1_010);
    await world.clock.advance(10_000);
    await reserveMany(quotas, 1, 0);
    // full again after 10 s, but for what was owed
    expect((await recordOf(world.store)).tokens.lanes.critical).toBe(20_000 - 300);
  });
});

describe('every token', () => {
  it('is in a bucket, in the lease or spent', async () => {
    const roomy = { ...model, requestsPerMinute: 10_000, tokensPerMinute: 100_000_000 };
    const job = fc.record({
      estimated: fc.integer({ min: 0, max: 5_000 }),
      used: fc.option(fc.integer({ min: 0, max: 9_000 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(job, { minLength: 1, maxLength: 100 }), async (jobs) => {
        const world = inMemory();
        const quotas = environment(world, { quotas: [roomy] });
        let spent = 0;
        for (const { estimated, used } of jobs) {
          const [reserved] = await reserveMany(quotas, 1, estimated);
          settle(reserved, used);
          spent += used ?? estimated;
        }
        // more than any lease holds, so it settles with the store
        spent += 150_000;
        await reserveMany(quotas, 1, 150_000);
        const { lanes, idle, leased } = (await recordOf(world.store)).tokens;
        const kept = lanes.critical + lanes.high + lanes.medium + lanes.low + idle + leased.current;
        expect(kept + spent).toBeCloseTo(5 * 2_000_000, 3);
      }),
      { seed: 20_264 },
    );
  });
});

describe('a store', () => {
  const broken = async () => {
    throw new Error('the store is down');
  };

  it.each(['list', 'replace'] as const)(
    'that fails to %s stops no job, and is left alone for 1 s',
    async (method) => {
      const world = inMemory();
      const failing = jest.fn(broken);
      const quotas = environment({ ...world, store: { ...world.store, [method]: failing } });
      const reservations = await reserveMany(quotas, 50);
      for (const reservation of reservations) settle(reservation, 1);
      expect(kinds(reservations)).toEqual(new Set(['granted']));
      await world.clock.advance(999);
      await reserveMany(quotas, 1);
      expect(failing).toHaveBeenCalledTimes(1);
      await world.clock.advance(1);
      await reserveMany(quotas, 1);
      expect(failing).toHaveBeenCalledTimes(2);
    },
  );

  it('that holds something else starts anew', async () => {
    const world = inMemory();
    await world.store.replace({ family: 'quota', name: 'openai/gpt-5' }, 0, { requests: 'all' }, 60_000);
    expect(kinds(await reserveMany(environment(world), 1))).toEqual(new Set(['granted']));
    expect((await recordOf(world.store)).requests.lanes.critical).toBe(20 - 15);
  });

  it('that has changed since it was read is asked again at once', async () => {
    const world = inMemory();
    const list: FleetStore['list'] = async () => [];
    await reserveMany(environment(world), 1);
    const blind = environment({ ...world, store: { ...world.store, list } });
    expect(kinds(await reserveMany(blind, 1))).toEqual(new Set(['granted']));
    expect((await recordOf(world.store)).requests.lanes.critical).toBe(0);
    expect(world.store.writes()).toBe(3);
  });

  it('that others change every time makes a job wait a little', async () => {
    const world = inMemory();
    const replace = jest.fn<ReturnType<FleetStore['replace']>, []>(async () => ({
      kind: 'changed',
      current: undefined,
    }));
    const quotas = environment(
      { ...world, store: { ...world.store, replace } },
      { chance: { random: () => 0.5, newId: () => '' } },
    );
    expect(await reserveMany(quotas, 2)).toEqual([
      { kind: 'exhausted', freeInMs: 125 },
      { kind: 'exhausted', freeInMs: 125 },
    ]);
    expect(replace).toHaveBeenCalledTimes(8);
  });
});
