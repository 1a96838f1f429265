import fc from 'fast-check';
import type { Circuit } from '../../../lib/pipeline/fleet/circuit.ts';
import {
  type CircuitId,
  type Circuits,
  createCircuits,
  type Permit,
} from '../../../lib/pipeline/fleet/circuits.ts';
import type { ModelFailure } from '../../../lib/pipeline/model/model.ts';
import type { FleetStore } from '../../../lib/pipeline/ports.ts';
import { seededRandom } from '../../../lib/seeded-random.ts';
import { inMemoryFleetStore } from '../../../lib/simulation/in-memory-fleet-store.ts';
import { type VirtualClock, virtualClock } from '../../builders.ts';

const START_MS = Date.parse('2026-11-22T12:00:00Z');
const gpt: CircuitId = { provider: 'openai', modelId: 'gpt-5-2025-08-07' };
const gptKey = { family: 'circuit', name: 'openai/gpt-5-2025-08-07' };
const dead: ModelFailure = { kind: 'transient', code: 'provider-error' };
const due: Circuit = {
  state: { kind: 'open', reason: 'outage', openedAtMs: START_MS - 30_000, retryAtMs: START_MS },
};

let ids = 0;
const chance = { random: () => 0.5, newId: () => `id-${ids++}` };

/** 26 environments, by lane: how many of them, and how many calls each makes at a time. */
const lanes = [
  { environments: 10, parallel: 1 },
  { environments: 8, parallel: 2 },
  { environments: 5, parallel: 5 },
  { environments: 3, parallel: 10 },
];
const environments = lanes.flatMap((lane) => Array.from({ length: lane.environments }, () => lane.parallel));
const slots = environments.reduce((sum, parallel) => sum + parallel, 0);

describe('26 environments that ask for a lease at the same instant', () => {
  it('get exactly one, however their reads and writes interleave', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 3 }), async (scheduler, callsEach) => {
        const now = () => START_MS;
        const shared = inMemoryFleetStore(now);
        await shared.replace(gptKey, 0, due, 60_000);
        const turn = () => scheduler.schedule(Promise.resolve());
        const interleaved = async <T>(operation: () => Promise<T>): Promise<T> => {
          await turn();
          const done = await operation();
          await turn();
          return done;
        };
        const store: FleetStore = {
          list: (family) => interleaved(() => shared.list(family)),
          replace: (...args) => interleaved(() => shared.replace(...args)),
        };
        const asking = environments.flatMap(() => {
          const circuits = createCircuits({ store, clock: virtualClock(START_MS), chance });
          return Array.from({ length: callsEach }, () => circuits.permit(gpt));
        });
        const permits = await scheduler.waitFor(Promise.all(asking));
        expect(permits.filter(({ kind }) => kind === 'probe')).toHaveLength(1);
        expect(permits.filter(({ kind }) => kind === 'open')).toHaveLength(asking.length - 1);
      }),
      { numRuns: 100 },
    );
  });
});

type Call = { permit: Permit['kind']; startedAtMs: number };
type Provider = (nowMs: number) => 'answered' | ModelFailure;
type FleetPlan = {
  seed: number;
  provider: Provider;
  callMs: { least: number; most: number };
  /** How far the clock of a worker may be off, either way. */
  skewMs?: number;
};

/** Every slot of the fleet calls one model again and again, through circuits whose store takes 2 to 20 ms each way. */
const runFleet = (plan: FleetPlan) => {
  const clock = virtualClock(START_MS);
  const random = seededRandom(plan.seed);
  const shared = inMemoryFleetStore(clock.now);
  const calls: Call[] = [];
  const tally = { lists: 0, openedAtMs: [] as number[] };
  const transit = () => elapse(clock, random.between(2, 20));
  const store: FleetStore = {
    list: async (family) => {
      tally.lists += 1;
      await transit();
      const records = await shared.list(family);
      await transit();
      return records;
    },
    replace: async (...args) => {
      await transit();
      const replaced = await shared.replace(...args);
      const [record] = await shared.list('circuit');
      if (replaced.kind === 'replaced' && record?.version === args[1] + 1 && isOpening(args[2]))
        tally.openedAtMs.push(clock.now());
      await transit();
      return replaced;
    },
  };
  const work = async (circuits: Circuits): Promise<never> => {
    for (;;) {
      await elapse(clock, random.between(0, 1_000));
      const permit = await circuits.permit(gpt);
      if (permit.kind === 'open') {
        await elapse(clock, random.between(0, 3_000));
        continue;
      }
      calls.push({ permit: permit.kind, startedAtMs: clock.now() });
      await elapse(clock, random.between(plan.callMs.least, plan.callMs.most));
      await circuits.report(gpt, permit, plan.provider(clock.now()));
    }
  };
  for (const parallel of environments) {
    const skewMs = random.between(-(plan.skewMs ?? 0), plan.skewMs ?? 0);
    const circuits = createCircuits({ store, chance, clock: { ...clock, now: () => clock.now() + skewMs } });
    for (let slot = 0; slot < parallel; slot += 1) work(circuits);
  }
  const current = async () => (await shared.list('circuit'))[0];
  return { clock, calls, tally, shared, current };
};

const elapse = (clock: VirtualClock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.timer(ms).signal.addEventListener('abort', () => resolve());
  });

/** A write that opens a circuit, as apart from one that leases its probe. */
const isOpening = (value: unknown): boolean => /"kind":"open"(?!.*probeId)/.test(JSON.stringify(value));

const gapsOf = (calls: readonly Call[]): number[] =>
  calls.slice(1).map(({ startedAtMs }, index) => startedAtMs - (calls[index]?.startedAtMs ?? 0));

const plans = fc.record({ seed: fc.integer(), longestMs: fc.integer({ min: 5, max: 20_000 }) });

describe('a fleet of 26 environments', () => {
  it('counts five calls of a dead provider, stops all others within a second, and probes once per recovery', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async ({ seed, longestMs }) => {
        const callMs = { least: 1, most: longestMs };
        const { clock, calls, tally, current } = runFleet({ seed, callMs, provider: () => dead });
        await clock.advance(130_000);
        const [openedAtMs = Infinity, ...later] = tally.openedAtMs;
        expect(later).toEqual([]);
        const ordinary = calls.filter(({ permit }) => permit === 'closed');
        expect(ordinary.length).toBeLessThanOrEqual(5 + slots);
        expect(ordinary.filter(({ startedAtMs }) => startedAtMs > openedAtMs + 1_000)).toEqual([]);
        const probes = calls.filter(({ permit }) => permit === 'probe');
        expect(probes.length).toBe(Math.floor((clock.now() - openedAtMs) / 30_500));
        expect((await current())?.version).toBe(5 + probes.length);
      }),
      { numRuns: 5 },
    );
  });

  it('closes with the first probe that is answered, and calls on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const recoversAtMs = START_MS + 70_000;
        const provider: Provider = (nowMs) => (nowMs < recoversAtMs ? dead : 'answered');
        const callMs = { least: 100, most: 2_000 };
        const { clock, calls, current } = runFleet({ seed, callMs, provider });
        await clock.advance(110_000);
        const probes = calls.filter(({ permit }) => permit === 'probe');
        expect(probes).toHaveLength(3);
        expect((await current())?.value).toMatchObject({ state: { kind: 'closed', failures: 0 } });
        const closedAgainAtMs = (probes[2]?.startedAtMs ?? 0) + 3_000;
        const resumed = calls.filter(({ startedAtMs }) => startedAtMs > closedAgainAtMs);
        expect(resumed.length).toBeGreaterThan(slots);
        expect(resumed.every(({ permit }) => permit === 'closed')).toBe(true);
      }),
      { numRuns: 3 },
    );
  });

  it('probes once per recovery, less what the clocks differ by', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const callMs = { least: 1, most: 3_000 };
        const fleet = runFleet({ seed, callMs, provider: () => dead, skewMs: 3_000 });
        await fleet.clock.advance(200_000);
        const probes = fleet.calls.filter(({ permit }) => permit === 'probe');
        expect(probes.length).toBeGreaterThanOrEqual(5);
        expect(Math.min(...gapsOf(probes))).toBeGreaterThanOrEqual(30_000 - 6_000);
      }),
      { numRuns: 3 },
    );
  });

  it('writes nothing while all goes well, and reads once per environment and 500 ms', async () => {
    const plan: FleetPlan = { seed: 1, callMs: { least: 50, most: 2_000 }, provider: () => 'answered' };
    const { clock, calls, tally, shared } = runFleet(plan);
    await clock.advance(40_000);
    expect(calls.length).toBeGreaterThan(2_000);
    expect(shared.writes()).toBe(0);
    expect(tally.lists).toBeLessThanOrEqual(environments.length * (40_000 / 800));
  });

  it.each([1, 2, 3])('never opens for one failure in a hundred calls (seed %i)', async (seed) => {
    const failing = seededRandom(seed);
    const provider: Provider = () => (failing.chance(0.01) ? dead : 'answered');
    const { clock, calls, tally, shared } = runFleet({ seed, callMs: { least: 50, most: 1_500 }, provider });
    await clock.advance(100_000);
    expect(calls.length).toBeGreaterThan(5_000);
    expect(tally.openedAtMs).toEqual([]);
    expect(calls.every(({ permit }) => permit === 'closed')).toBe(true);
    expect(shared.writes()).toBeLessThan(calls.length * 0.1);
  });
});
