import fc from 'fast-check';
import { createTenantLimit } from '../../../lib/pipeline/fleet/tenant-limit.ts';
import type { FleetStore } from '../../../lib/pipeline/ports.ts';
import { inMemoryFleetStore } from '../../../lib/simulation/in-memory-fleet-store.ts';
import { virtualClock } from '../../builders.ts';

const MINUTE_MS = 60_000;
const PER_MINUTE = 100;
/** What each environment lets through without asking. */
const UNASKED = 10;

/** The pauses between six tries of a write, and so little that all turns fit in the minute. */
const ALL_PAUSES_MS = 300;

const world = (environments: number, broken = false) => {
  const clock = virtualClock(30 * MINUTE_MS);
  const fleet = inMemoryFleetStore(clock.now);
  const failing: FleetStore = { list: () => Promise.reject(new Error('down')), replace: fleet.replace };
  const limits = Array.from({ length: environments }, () =>
    createTenantLimit({
      what: 'submits',
      store: broken ? failing : fleet,
      clock,
      chance: { random: () => 0.5 },
      hashOf: (tenantId) => tenantId,
      perMinute: PER_MINUTE,
    }),
  );
  const take = async (environment: number, tenantId = 't1') => {
    const limit = limits[environment % environments];
    if (limit === undefined) throw new Error('no environment');
    return limit.take(tenantId);
  };
  return { clock, fleet, take };
};

describe('the limit of submits', () => {
  it('lets a tenant submit its jobs of a minute, and not many more, by however many environments', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.nat(5), { maxLength: 300, size: 'max' }),
        fc.integer({ min: 1, max: 10 }),
        async (environments, turns, atOnce) => {
          const { clock, take } = world(environments);
          let through = 0;
          for (let start = 0; start < turns.length; start += atOnce) {
            const taken = Promise.all(turns.slice(start, start + atOnce).map((turn) => take(turn)));
            await clock.advance(0); // up to their first pauses
            if (atOnce > 1) await clock.advance(ALL_PAUSES_MS);
            through += (await taken).filter(({ kind }) => kind === 'room').length;
          }
          expect(through).toBeLessThanOrEqual(PER_MINUTE + environments * UNASKED);
          expect(through).toBeGreaterThanOrEqual(Math.min(turns.length, PER_MINUTE - environments * 30));
        },
      ),
    );
  });

  it('says when there is room again, and there is', async () => {
    const { clock, take } = world(1);
    for (let index = 0; index < PER_MINUTE + UNASKED; index += 1)
      expect(await take(0)).toEqual({ kind: 'room' });
    const full = await take(0);
    expect(full).toEqual({ kind: 'full', freeAtMs: 31 * MINUTE_MS });
    await clock.advance(MINUTE_MS);
    expect(await take(0)).toEqual({ kind: 'room' });
  });

  it('counts each tenant by itself, and asks nobody about small ones', async () => {
    const { fleet, take } = world(1);
    for (let index = 0; index < 200; index += 1) await take(0);
    const writes = fleet.writes();
    for (let index = 0; index < UNASKED; index += 1) expect(await take(0, 't2')).toEqual({ kind: 'room' });
    expect(fleet.writes()).toBe(writes);
  });

  it('writes once for thirty submits, and not at all once it is full', async () => {
    const { fleet, take } = world(1);
    for (let index = 0; index < 500; index += 1) await take(0);
    expect(fleet.writes()).toBe(Math.ceil(PER_MINUTE / 30));
  });

  it('takes one block for all that come at once', async () => {
    const { fleet, take } = world(1);
    const taken: string[] = [];
    for (let turn = 0; turn < 20; turn += 1) {
      const batch = await Promise.all(Array.from({ length: 10 }, () => take(0)));
      taken.push(...batch.map(({ kind }) => kind));
    }
    expect(taken.filter((kind) => kind === 'room')).toHaveLength(PER_MINUTE + UNASKED);
    expect(fleet.writes()).toBe(Math.ceil(PER_MINUTE / 30));
  });

  it('lets everything through while the store fails', async () => {
    const { take } = world(1, true);
    for (let index = 0; index < 300; index += 1) expect(await take(0)).toEqual({ kind: 'room' });
  });

  it('gives waits out in twos, and none unasked', async () => {
    const clock = virtualClock(30 * MINUTE_MS);
    const fleet = inMemoryFleetStore(clock.now);
    const chance = { random: () => 0.5 };
    const waits = createTenantLimit({
      ...{ what: 'waits', store: fleet, clock, chance },
      hashOf: (tenantId) => tenantId,
      perMinute: 5,
    });
    const kinds: string[] = [];
    for (let index = 0; index < 6; index += 1) kinds.push((await waits.take('t1')).kind);
    expect(kinds).toEqual(['room', 'room', 'room', 'room', 'room', 'full']);
    expect(fleet.writes()).toBe(3);
  });
});
