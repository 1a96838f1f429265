import { createLatencies, type Latencies, type LatencyKey } from '../../../lib/pipeline/fleet/latencies.ts';
import { latencySketch } from '../../../lib/pipeline/fleet/latency.ts';
import type { CallLimits, CallTimes } from '../../../lib/pipeline/model/call-limits.ts';
import type { FleetStore } from '../../../lib/pipeline/ports.ts';
import { seededRandom } from '../../../lib/seeded-random.ts';
import { inMemoryFleetStore } from '../../../lib/simulation/in-memory-fleet-store.ts';

const key: LatencyKey = { provider: 'openai', modelId: 'gpt-5', effort: 'low', tier: 'default' };
const usual: CallTimes = { firstEventMs: 300, longestGapMs: 1_500, totalMs: 4_000 };

const configured: CallLimits = {
  firstEventMs: 3_500,
  betweenEventsMs: 20_000,
  totalMs: 45_000,
  basis: { kind: 'configured' },
};

/** A fleet over one store, and a clock that moves by hand. */
const aFleet = () => {
  const clock = { nowMs: 0, now: () => clock.nowMs };
  const memory = inMemoryFleetStore(clock.now);
  const counts = { lists: 0 };
  const store: FleetStore = {
    list: (family) => {
      counts.lists += 1;
      return memory.list(family);
    },
    replace: memory.replace,
  };
  const environment = (over: Partial<FleetStore> = {}) =>
    createLatencies({ store: { ...store, ...over }, clock });
  return { clock, memory, counts, environment };
};

const record = async (latencies: Latencies, calls: number, times = usual): Promise<void> => {
  for (let call = 0; call < calls; call += 1) await latencies.record(key, times);
};

const kindFor = async (latencies: Latencies) => (await latencies.limitsFor(key, configured)).basis.kind;

describe('what one environment learns', () => {
  it('counts for it at once, shared or not', async () => {
    const latencies = aFleet().environment();
    await record(latencies, 99);
    expect(await kindFor(latencies)).toBe('configured');
    await record(latencies, 1);
    expect(await kindFor(latencies)).toBe('learned');
  });

  it('is kept apart by provider, model, effort and tier', async () => {
    const latencies = aFleet().environment();
    await record(latencies, 200);
    const others: LatencyKey[] = [
      { ...key, provider: 'azure-openai' },
      { ...key, modelId: 'gpt-5-mini' },
      { ...key, effort: 'unset' },
      { ...key, tier: 'flex' },
    ];
    for (const other of others) expect(await latencies.limitsFor(other, configured)).toBe(configured);
  });

  it('reaches the others within a minute', async () => {
    const { clock, environment } = aFleet();
    const [one, other] = [environment(), environment()];
    expect(await kindFor(other)).toBe('configured');
    await record(one, 100);
    expect(await kindFor(other)).toBe('configured');
    clock.nowMs = 60_000;
    expect(await kindFor(other)).toBe('learned');
  });

  it('adds up to what the fleet has seen, when all share at the same instant', async () => {
    const { clock, memory, environment } = aFleet();
    const fleet = Array.from({ length: 3 }, () => environment());
    await Promise.all(fleet.map((latencies) => record(latencies, 50)));
    expect(latencySketch.parse((await memory.list('latency'))[0]?.value).total).toContain(150);
    clock.nowMs = 60_000;
    expect(await environment().limitsFor(key, configured)).toMatchObject({ basis: { samples: 150 } });
  });

  it('is forgotten when nobody calls any more', async () => {
    const { clock, environment } = aFleet();
    const latencies = environment();
    await record(latencies, 1_000);
    clock.nowMs = 3 * 3_600_000;
    expect(await kindFor(latencies)).toBe('configured');
    expect(await kindFor(environment())).toBe('configured');
  });
});

describe('what sharing costs', () => {
  it('is one write per 50 calls', async () => {
    const { memory, environment } = aFleet();
    await record(environment(), 1_000);
    expect(memory.writes()).toBe(20);
  });

  it('is a first write after a minute, however few the calls', async () => {
    const { clock, memory, environment } = aFleet();
    const latencies = environment();
    await record(latencies, 3);
    clock.nowMs = 60_000;
    expect(memory.writes()).toBe(0);
    await record(latencies, 1);
    expect(memory.writes()).toBe(1);
  });

  it('stays within 0.02 writes per call when calls are rare, and when 26 environments lose races', async () => {
    const { clock, memory, environment } = aFleet();
    const fleet = Array.from({ length: 26 }, () => environment());
    for (let call = 0; call < 400; call += 1) {
      clock.nowMs += 20_000;
      await Promise.all(fleet.map((latencies) => record(latencies, 1)));
    }
    // the first write of each is on credit, and the last may have been tried three times
    expect(memory.writes()).toBeLessThanOrEqual(26 * (400 * 0.02 + 3));
    expect(memory.writes()).toBeGreaterThan(26 * 4);
  });

  it('is one read a minute, however many ask at once', async () => {
    const { clock, counts, environment } = aFleet();
    const latencies = environment();
    for (let second = 0; second < 180; second += 1) {
      clock.nowMs = second * 1_000;
      await Promise.all([kindFor(latencies), kindFor(latencies), kindFor(latencies)]);
    }
    expect(counts.lists).toBe(3);
  });
});

describe('a store that fails', () => {
  const broken = () => Promise.reject(new Error('down'));

  it('never stops a call, and leaves an environment to its own calls', async () => {
    const { clock, environment } = aFleet();
    const latencies = environment({ list: broken, replace: broken });
    for (let call = 0; call < 200; call += 1) {
      clock.nowMs += 1_000;
      await latencies.record(key, usual);
      await latencies.recordCut(key, 'total', 1_000);
    }
    expect(await kindFor(latencies)).toBe('learned');
  });

  it('leaves the last view standing', async () => {
    const { clock, memory, environment } = aFleet();
    await record(environment(), 200);
    let isDown = false;
    const latencies = environment({ list: (family) => (isDown ? broken() : memory.list(family)) });
    expect(await kindFor(latencies)).toBe('learned');
    isDown = true;
    clock.nowMs = 120_000;
    expect(await kindFor(latencies)).toBe('learned');
  });

  it('is given up after three lost races, and mended by the next share', async () => {
    const { clock, memory, environment } = aFleet();
    let tries = 0;
    const losing = environment({
      replace: async () => {
        tries += 1;
        return { kind: 'changed', current: undefined };
      },
    });
    await record(losing, 50);
    expect(tries).toBe(3);
    const name = 'openai/gpt-5/low/default';
    await memory.replace({ family: 'latency', name }, 0, { unreadable: true }, 10 ** 9);
    clock.nowMs = 60_000;
    const latencies = environment();
    expect(await kindFor(latencies)).toBe('configured');
    await record(latencies, 100);
    clock.nowMs = 120_000;
    expect(await kindFor(environment())).toBe('learned');
  });

  it('may answer with a view that is older than the own write', async () => {
    const { clock, memory, environment } = aFleet();
    await record(environment(), 50);
    const old = await memory.list('latency');
    const latencies = environment({ list: async () => old });
    await kindFor(latencies);
    await record(latencies, 100);
    clock.nowMs = 60_000;
    expect(await latencies.limitsFor(key, configured)).toMatchObject({ basis: { samples: 150 } });
  });
});

describe('a provider that changes', () => {
  /** Which of so many calls were cut although the configured limits would have let them answer. */
  const callsUnder = async (latencies: Latencies, slowness: number, calls: number, seed: number) => {
    const random = seededRandom(seed);
    const cutAt: number[] = [];
    for (let call = 0; call < calls; call += 1) {
      const factor = slowness * Math.exp((random.next() + random.next() + random.next() - 1.5) * 0.9);
      const limits = await latencies.limitsFor(key, configured);
      const times = { firstEventMs: 250 * factor, longestGapMs: 1_200 * factor, totalMs: 3_000 * factor };
      const reached = reachedBy(times, limits);
      if (reached === undefined) await latencies.record(key, times);
      else {
        await latencies.recordCut(key, reached, limits[`${reached}Ms`]);
        if (reachedBy(times, configured) === undefined) cutAt.push(call);
      }
    }
    return cutAt;
  };

  const reachedBy = (times: CallTimes, limits: CallLimits) => {
    if (times.firstEventMs > limits.firstEventMs) return 'firstEvent';
    if (times.longestGapMs > limits.betweenEventsMs) return 'betweenEvents';
    return times.totalMs > limits.totalMs ? 'total' : undefined;
  };

  it.each([
    { slowness: 3, seed: 1 },
    { slowness: 3, seed: 2 },
    { slowness: 6, seed: 3 },
    { slowness: 6, seed: 4 },
    { slowness: 6, seed: 5 },
  ])(
    'and answers $slowness times as slowly is cut 120 times at most, then no more (seed $seed)',
    async (given) => {
      const latencies = aFleet().environment();
      expect(await callsUnder(latencies, 1, 4_000, given.seed)).toEqual([]);
      const cutAt = await callsUnder(latencies, given.slowness, 4_000, given.seed + 100);
      expect(cutAt.length).toBeGreaterThan(0);
      expect(cutAt.length).toBeLessThanOrEqual(120);
      expect(cutAt.at(-1)).toBeLessThan(500);
    },
  );

  it('and lets every call wait for longer than was learned is cut 82 times at most: twice 1 % of the recent calls', async () => {
    const latencies = aFleet().environment();
    await record(latencies, 4_096);
    const waited: CallTimes = { ...usual, firstEventMs: 3_400 };
    let cuts = 0;
    for (;;) {
      const limits = await latencies.limitsFor(key, configured);
      if (cuts > 82 || reachedBy(waited, limits) === undefined) break;
      await latencies.recordCut(key, 'firstEvent', limits.firstEventMs);
      cuts += 1;
    }
    expect(cuts).toBeGreaterThan(1);
    expect(cuts).toBeLessThanOrEqual(82);
  });

  it('and falls silent raises no limit above the configured one, and is as it was once it has answered again', async () => {
    const { clock, environment } = aFleet();
    const latencies = environment();
    await callsUnder(latencies, 1, 2_000, 1);
    const before = await latencies.limitsFor(key, configured);
    for (let call = 0; call < 200; call += 1) {
      const { firstEventMs } = await latencies.limitsFor(key, configured);
      expect(firstEventMs).toBeLessThanOrEqual(configured.firstEventMs);
      await latencies.recordCut(key, 'firstEvent', firstEventMs);
    }
    const silent = await latencies.limitsFor(key, configured);
    expect(silent).toMatchObject({ firstEventMs: 3_500, betweenEventsMs: before.betweenEventsMs });
    for (let minute = 0; minute < 150; minute += 1) {
      clock.nowMs += 60_000;
      await callsUnder(latencies, 1, 60, minute);
    }
    expect((await latencies.limitsFor(key, configured)).firstEventMs).toBe(before.firstEventMs);
  });
});
