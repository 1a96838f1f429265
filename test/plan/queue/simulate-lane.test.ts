import fc from 'fast-check';
import { poissonArrivals, recordedArrivals } from '../../../lib/plan/queue/arrivals.ts';
import { constant, type Durations, exponential } from '../../../lib/plan/queue/durations.ts';
import { grown, type LaneModel, simulateLane } from '../../../lib/plan/queue/simulate-lane.ts';
import { seededRandom } from '../../../lib/seeded-random.ts';

const aLane = (changes: Partial<LaneModel> & { servers?: number; job?: Durations }): LaneModel => ({
  batchSize: 1,
  parallelism: 1,
  batchingWindowSeconds: 0,
  growth: grown(changes.servers ?? 1),
  service: [changes.job ?? constant(1_000)],
  before: constant(0),
  between: constant(0),
  after: constant(0),
  ...changes,
});

const runPoisson = (lane: LaneModel, perSecond: number, jobs: number, seed = 1) => {
  const random = seededRandom(seed);
  const forMs = (jobs / perSecond) * 1_000;
  return simulateLane(lane, {
    random,
    arrivals: poissonArrivals(random, { perSecond, weights: [1], forMs }),
  });
};

/** Erlang's C formula: the share of jobs that wait in M/M/c, by the recursion of Erlang's B. */
const erlangC = (servers: number, load: number): number => {
  let blocked = 1;
  for (let count = 1; count <= servers; count += 1) blocked = (load * blocked) / (count + load * blocked);
  return (servers * blocked) / (servers - load * (1 - blocked));
};

const JOBS = 100_000;

describe('a simulated lane, against queueing theory', () => {
  it.each([
    [1, 0.5],
    [1, 0.7],
    [4, 0.7],
    [10, 0.75],
  ])('waits as Erlang says of M/M/%i at %d', (servers, utilisation) => {
    const load = servers * utilisation;
    const { waits } = runPoisson(aLane({ servers, job: exponential(1_000) }), load, JOBS);
    const meanMs = (erlangC(servers, load) * 1_000) / (servers - load);
    expect(waits.meanMs() / meanMs).toBeGreaterThan(0.85);
    expect(waits.meanMs() / meanMs).toBeLessThan(1.15);
  });

  it('has the tail of M/M/c: P(wait > t) = C e^-(c - a)t', () => {
    const [servers, load] = [10, 8];
    const { waits } = runPoisson(aLane({ servers, job: exponential(1_000) }), load, JOBS);
    const p99Ms = (Math.log(erlangC(servers, load) / 0.01) * 1_000) / (servers - load);
    expect(waits.percentile(99) / p99Ms).toBeGreaterThan(0.9);
    expect(waits.percentile(99) / p99Ms).toBeLessThan(1.1);
  });

  it.each([0.5, 0.7, 0.9])('waits as Pollaczek and Khinchine say of M/D/1 at %d', (utilisation) => {
    const { waits } = runPoisson(aLane({ job: constant(1_000) }), utilisation, JOBS);
    const meanMs = (utilisation * 1_000) / (2 * (1 - utilisation));
    expect(waits.meanMs() / meanMs).toBeGreaterThan(0.93);
    expect(waits.meanMs() / meanMs).toBeLessThan(1.07);
  });

  it('keeps its places busy with the jobs that came, and never has more invocations than places', () => {
    const setup = fc.record({
      servers: fc.integer({ min: 1, max: 40 }),
      batchSize: fc.integer({ min: 1, max: 10 }),
      utilisation: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
      seed: fc.integer({ min: 1, max: 1e6 }),
    });
    fc.assert(
      fc.property(setup, ({ servers, batchSize, utilisation, seed }) => {
        const lane = aLane({ servers, batchSize, job: constant(800) });
        const run = runPoisson(lane, (servers * utilisation) / 0.8, 5_000, seed);
        // one job of a batch after the other: an invocation takes as long as all of its jobs
        expect(run.invocationMs / (run.jobs * 800)).toBeCloseTo(1, 6);
        expect(run.invocationMs / run.spanMs).toBeLessThanOrEqual(servers);
        expect(run.mostInvocations).toBeLessThanOrEqual(servers);
        expect(run.batches * batchSize).toBeGreaterThanOrEqual(run.jobs);
      }),
      { numRuns: 15 },
    );
  });

  it('never waits less with fewer places, for the same jobs', () => {
    const setup = fc.record({
      servers: fc.integer({ min: 1, max: 20 }),
      perSecond: fc.double({ min: 0.5, max: 30, noNaN: true }),
      seed: fc.integer({ min: 1, max: 1e6 }),
    });
    fc.assert(
      fc.property(setup, ({ servers, perSecond, seed }) => {
        const meanMs = (count: number) =>
          runPoisson(aLane({ servers: count, job: constant(1_000) }), perSecond, 500, seed).waits.meanMs();
        expect(meanMs(servers + 1)).toBeLessThanOrEqual(meanMs(servers) + 1e-6);
      }),
      { numRuns: 20 },
    );
  });

  it('is the same for the same seed', () => {
    const run = (seed: number) => {
      const { waits, ...rest } = runPoisson(aLane({ servers: 3, job: exponential(900) }), 3, 5_000, seed);
      return { ...rest, meanMs: waits.meanMs() };
    };
    expect(run(7)).toEqual(run(7));
    expect(run(7)).not.toEqual(run(8));
  });
});

describe('a mapping', () => {
  const sent = (...instants: number[]) => recordedArrivals(instants.map((atMs) => ({ atMs, kind: 0 })));
  const run = (lane: LaneModel, ...instants: number[]) =>
    simulateLane(lane, { arrivals: sent(...instants), random: seededRandom(1) });

  it('hands what waits over in batches, and works on some of a batch at a time', () => {
    const lane = aLane({ servers: 1, batchSize: 4, parallelism: 2, job: constant(1_000) });
    // two slots for four jobs: two at once, two a second later; the fifth waits for the whole batch
    const { waits, batches, spanMs } = run(lane, 0, 0, 0, 0, 0);
    expect(batches).toBe(2);
    expect(spanMs).toBe(3_000);
    expect(waits.meanMs()).toBe((0 + 0 + 1_000 + 1_000 + 2_000) / 5);
  });

  it('starts at once without a window, and gathers with one until the batch is full or the time is over', () => {
    expect(run(aLane({ servers: 9, batchSize: 3 }), 0, 100, 200).batches).toBe(3);
    const gathering = aLane({ servers: 9, batchSize: 3, parallelism: 3, batchingWindowSeconds: 2 });
    expect(run(gathering, 0, 100, 200).waits.meanMs()).toBeCloseTo(100, 6); // full at 200 ms
    expect(run(gathering, 0, 100).waits.meanMs()).toBeCloseTo(1_950, 6); // closed at 2 s
  });

  it('grows by so many invocations a minute', () => {
    const growth = { most: 1_000, atOnce: 5, perMinute: 300 };
    const lane = aLane({ growth, job: constant(3_600_000) });
    const instants = Array.from({ length: 20 }, () => 0);
    const { waits, mostInvocations } = run(lane, ...instants);
    expect(mostInvocations).toBe(20);
    // 5 at once, then one every 200 ms: the 20th starts after 3 s
    expect(waits.percentile(100)).toBeGreaterThan(2_985);
    expect(waits.percentile(100)).toBeLessThan(3_015);
    expect(waits.percentile(25)).toBe(0);
  });

  it.each([100, 2_000])('keeps what comes meanwhile waiting, as a fluid would: jobs of %i ms', (jobMs) => {
    // 68 places' worth of jobs; 5 places, and 5 more a second: the wait is longest when as much is done as comes, after
    // u = 68 / 5 - 1 seconds, and is u^2 / 2(u + 1) then
    const [places, u] = [68, 68 / 5 - 1];
    const everyMs = jobMs / places;
    const instants = Array.from({ length: 30_000 / everyMs }, (_, index) => index * everyMs);
    const lane = aLane({ growth: { most: 80, atOnce: 5, perMinute: 300 }, job: constant(jobMs) });
    const longestMs = run(lane, ...instants).waits.percentile(100);
    expect(longestMs / ((1_000 * u ** 2) / (2 * (u + 1)))).toBeGreaterThan(0.85);
    expect(longestMs / ((1_000 * u ** 2) / (2 * (u + 1)))).toBeLessThan(1.15);
  });

  it('says what its places are kept busy with beside the jobs', () => {
    const lane = aLane({
      servers: 1,
      batchSize: 2,
      before: constant(10),
      between: constant(5),
      after: constant(20),
    });
    const { spanMs, waits, invocationMs } = run(lane, 0, 0);
    expect(spanMs).toBe(10 + 1_000 + 5 + 1_000 + 20);
    expect(invocationMs).toBe(spanMs);
    expect(waits.percentile(100)).toBeGreaterThan(1_005);
  });
});
