import { type StageConfig, stages } from '../../lib/config.ts';
import type { LaneName } from '../../lib/pipeline/job/lane.ts';
import type { Ask } from '../../lib/plan/ask.ts';
import { awsLimits } from '../../lib/plan/aws-limits.ts';
import { awsPrices } from '../../lib/plan/aws-prices.ts';
import type { Calibration } from '../../lib/plan/calibration.ts';
import { totalUsd } from '../../lib/plan/cost.ts';
import { callStreams } from '../../lib/plan/demand.ts';
import { fold } from '../../lib/plan/footprint.ts';
import { limitsOf, usedShare } from '../../lib/plan/limits.ts';
import { planFor } from '../../lib/plan/plan.ts';
import type { LanePlan } from '../../lib/plan/plan-lane.ts';
import { renderPlan } from '../../lib/plan/render-plan.ts';
import { configOf, synthesize } from '../stacks/synthesize.ts';

const NOW_MS = Date.parse('2026-11-26T12:00:00Z');

/** Jobs that all take as long, and nothing beside them. */
const aCalibration = (jobMs: number, changes: Partial<Calibration> = {}): Calibration => {
  const always = (ms: number) => [ms, ms];
  return {
    measuredOn: '2026-11-26',
    machine: { cores: 2, node: 'v24', loadAverage: 0 },
    jobs: 1,
    serviceMs: {
      'gpt-5': always(jobMs),
      'gpt-5-mini': always(jobMs),
      'gpt-5-nano': always(jobMs),
      claude: always(jobMs),
    },
    beforeMs: always(0),
    betweenMs: always(0),
    afterMs: always(0),
    inputTokens: 300,
    outputTokens: { 'gpt-5': 100, 'gpt-5-mini': 100, 'gpt-5-nano': 100, claude: 100 },
    logBytesPerJob: 1_000,
    foldMicrosPerEntry: 0,
    foldBytesPerEntry: 0,
    ...changes,
  };
};

/** No knob of ours and no provider is in the way. */
const wide: StageConfig = {
  ...stages.production,
  lanes: {
    critical: { ...stages.production.lanes.critical, concurrency: 1e6 },
    high: { ...stages.production.lanes.high, concurrency: 1e6 },
    medium: { ...stages.production.lanes.medium, concurrency: 1e6 },
    low: { ...stages.production.lanes.low, concurrency: 1e6 },
  },
  quotas: [],
  api: { ...stages.production.api, requestsPerSecond: 1e9, submitsPerMinute: 1e9 },
};

const quota = (requestsPerMinute: number, tokensPerMinute: number): StageConfig => ({
  ...wide,
  quotas: [{ provider: 'openai', modelId: 'gpt-5', requestsPerMinute, tokensPerMinute }],
});

const anAsk = (changes: Partial<Ask> = {}): Ask => ({
  jobsPerSecond: 1,
  lanes: { critical: 1, high: 0, medium: 0, low: 0 },
  models: { 'gpt-5': 1, 'gpt-5-mini': 0, 'gpt-5-nano': 0, claude: 0 },
  inputTokens: 300,
  outputTokens: { 'gpt-5': 100, 'gpt-5-mini': 100, 'gpt-5-nano': 100, claude: 100 },
  httpShare: 0,
  largestTenantShare: 0,
  config: wide,
  seed: 1,
  nowMs: NOW_MS,
  ...changes,
});

describe('the first limit', () => {
  const byApi = (changes: Partial<StageConfig['api']>): Partial<Ask> => ({
    httpShare: 1,
    largestTenantShare: 0.5,
    config: { ...wide, api: { ...wide.api, ...changes } },
  });
  const hungry = { foldBytesPerEntry: 1_000 };
  const slow = { foldMicrosPerEntry: 100 };

  it.each<[string, number, Partial<Ask>, Calibration]>([
    ['lane critical: concurrency', 4, { config: stages.production, jobsPerSecond: 3 }, aCalibration(2_000)],
    ['openai/gpt-5: tokens', 2_400 / 400 / 60, { config: quota(1e9, 2_400) }, aCalibration(300)],
    ['openai/gpt-5: requests', 30 / 60, { config: quota(30, 1e12) }, aCalibration(300)],
    ['HTTP API: requests', 5 / 2, byApi({ requestsPerSecond: 5 }), aCalibration(300)],
    [
      'HTTP API: submits of the largest tenant',
      90 / 60 / 0.5,
      byApi({ submitsPerMinute: 90 }),
      aCalibration(300),
    ],
    // 512 MB of entries of 1 KB, two hours of them
    ['total-costs: entries of two hours in memory', 512e6 / 1_000 / 7_200, {}, aCalibration(300, hungry)],
    // 120 s of 512/1769 of a core
    ['total-costs: CPU of a fold', (120 * (512 / 1_769)) / 100e-6 / 7_200, {}, aCalibration(300, slow)],
    [
      "the largest tenant's jobs (index of the jobs table)",
      500,
      { largestTenantShare: 1, jobsPerSecond: 150 },
      aCalibration(40),
    ],
    // at 20 ms few places do for more than a table that is new takes: three write units a job
    ['jobs table: writes while it is new', 4_000 / 3, { jobsPerSecond: 150 }, aCalibration(20)],
  ])('is %s, at %d jobs a second', (name, atJobsPerSecond, changes, calibration) => {
    const { firstLimit } = planFor(anAsk(changes), calibration);
    expect(firstLimit.name).toBe(name);
    expect(firstLimit.atJobsPerSecond / atJobsPerSecond).toBeGreaterThan(0.75);
    expect(firstLimit.atJobsPerSecond / atJobsPerSecond).toBeLessThan(1.25);
  });

  it.each([0.01, 4, 60])('is the same one for whoever asks for %d jobs a second', (jobsPerSecond) => {
    const plan = planFor(anAsk({ config: stages.production, jobsPerSecond }), aCalibration(2_000));
    // 10 places of half a job a second, 85 % of the time
    expect(plan.firstLimit).toEqual({
      name: 'lane critical: concurrency',
      atJobsPerSecond: expect.closeTo(4.25, 6),
    });
  });

  it('is growth from idle, where that is met first, and the same for whoever asks', () => {
    const met = (jobsPerSecond: number) => planFor(anAsk({ jobsPerSecond }), aCalibration(2_000)).firstLimit;
    const { name, atJobsPerSecond } = met(10);
    expect(name).toBe('lane critical: growth of its mapping from idle');
    expect(met(300)).toEqual({ name, atJobsPerSecond: expect.closeTo(atJobsPerSecond, 6) });
    // the goal of the lane is 3 s
    const at = planFor(anAsk({ jobsPerSecond: 1.2 * atJobsPerSecond }), aCalibration(2_000)).lanes[0];
    const below = planFor(anAsk({ jobsPerSecond: 0.8 * atJobsPerSecond }), aCalibration(2_000)).lanes[0];
    expect(at?.fromIdleMs).toBeGreaterThan(3_000);
    expect(below?.fromIdleMs).toBeLessThan(3_000);
  });

  it('is concurrency of the account, where jobs take long and are spread well', () => {
    const even = { critical: 0.25, high: 0.25, medium: 0.25, low: 0.25 };
    // nobody minds waiting for mappings to grow
    const patient = (lane: LaneName) => ({ ...wide.lanes[lane], patienceSeconds: 100_000 });
    const lanes = {
      critical: patient('critical'),
      high: patient('high'),
      medium: patient('medium'),
      low: patient('low'),
    };
    const ask = anAsk({ jobsPerSecond: 3, lanes: even, config: { ...wide, lanes } });
    const plan = planFor(ask, aCalibration(3_000));
    expect(plan.firstLimit.name).toBe('Lambda concurrency of the account');
    const account = plan.limits.find(({ name }) => name === 'Lambda concurrency of the account');
    expect(account).toMatchObject({
      limit: 900,
      used: plan.lanes.reduce((sum, it) => sum + it.needed.concurrency, 0),
    });
  });

  it('is met by what is asked for only when it is full', () => {
    const calm = planFor(anAsk({ config: quota(1_000, 1e9) }), aCalibration(300));
    expect(calm.changes).toEqual([]);
    const full = planFor(anAsk({ jobsPerSecond: 20, config: quota(1_000, 1e9) }), aCalibration(300));
    expect(full.changes.join()).toContain('buy 1,800 a minute of openai/gpt-5');
  });
});

describe('what a lane needs', () => {
  const ask = (jobsPerSecond: number) =>
    anAsk({ jobsPerSecond, config: stages.production, lanes: { critical: 1, high: 0, medium: 0, low: 0 } });

  it('leaves some of it free, and keeps the wait within a hundredth of the patience', () => {
    const [lane] = planFor(ask(20), aCalibration(2_000)).lanes;
    expect(lane?.needed.concurrency).toBeGreaterThanOrEqual(Math.ceil(40 / 0.85));
    expect(lane?.needed.concurrency).toBeLessThan(60);
    expect(lane?.needed.p99Ms).toBeLessThanOrEqual(3_000);
    expect(lane?.waitGoalMs).toBe(3_000);
  });

  it('is kept busy by as much as comes, however long it was simulated for', () => {
    const lanes = [1, 20].map((rate) => planFor(ask(rate), aCalibration(20_000)).lanes[0]);
    // one job to a batch: each is an invocation of 20 s
    for (const lane of lanes) {
      expect((lane?.busyInvocations ?? 0) / (20 * (lane?.jobsPerSecond ?? 0))).toBeCloseTo(1, 6);
      expect(lane?.invocationsPerSecond).toBeCloseTo(lane?.jobsPerSecond ?? 0, 6);
    }
  });

  it('says by how much waits grow with what is configured', () => {
    const [lane] = planFor(ask(20), aCalibration(2_000)).lanes;
    // 10 places do 5 jobs a second: a minute brings 4 minutes' worth of work, three of them too much
    const fate = lane?.configured.fate;
    if (fate?.kind !== 'behind') throw new Error('a lane that cannot keep up is said to');
    expect(fate.jobsPerSecond).toBeCloseTo(5, 6);
    expect(fate.waitGrowsBySecondsPerMinute).toBeCloseTo(180, 6);
  });

  it('grows with the load', () => {
    const needs = (rate: number) => planFor(ask(rate), aCalibration(1_000)).lanes[0]?.needed.concurrency ?? 0;
    const needed = [1, 3, 9, 27, 81].map(needs);
    expect(needed).toEqual(needed.toSorted((one, other) => one - other));
    expect(needed.at(-1)).toBeGreaterThan(81);
  });

  it('is split where one mapping or queue does not suffice', () => {
    const plan = planFor(ask(1_000), aCalibration(1_000));
    expect(plan.lanes[0]?.needed.queues).toBe(2);
    expect(plan.changes.join('\n')).toContain('split lane critical into 2 queues');
  });
});

describe('what stands in the way of thousands of jobs a second', () => {
  const ask = anAsk({ jobsPerSecond: 20_000, largestTenantShare: 0.25, config: quota(1e9, 1e12) });
  const lane: LanePlan = {
    lane: 'critical',
    jobsPerSecond: 20_000,
    configured: {
      concurrency: 10,
      fate: { kind: 'behind', jobsPerSecond: 5, waitGrowsBySecondsPerMinute: 1 },
      enoughFor: 4,
    },
    needed: { concurrency: 4_800, queues: 5, p50Ms: 1, p99Ms: 100 },
    waitGoalMs: 3_000,
    fromIdleMs: 40_000,
    growthMetAt: 60,
    concurrencyInParallel: 4_800,
    busyInvocations: 4_000,
    invocationsPerSecond: 20_000,
    mostInFlight: 90_000,
    simulated: { jobs: 0, minutes: 0 },
  };
  const limits = limitsOf(ask, [lane], callStreams(ask, [lane]), aCalibration(200));
  const find = (name: string) => limits.find((limit) => limit.name.includes(name));

  it('is put in order, the fullest first', () => {
    const shares = limits.map(usedShare);
    expect(shares).toEqual(shares.toSorted((one, other) => other - one));
  });

  it('names the shards that hot items need', () => {
    // 20,000 writes over 8 partitions that take 1,000 each, filled to 70 %
    expect(find("the hour's calls")?.change).toBe('spread it over 29 shards (8 now)');
    // 2 of 25 % of 20,000
    expect(find("the largest tenant's jobs")?.change).toBe('spread it over 15 shards (1 now)');
    // 25 % of 20,000 runs read it, of 3,000
    expect(find("the largest tenant's key")?.change).toBe('spread it over 3 shards (1 now)');
    // 4,000 environments look twice a second at half a unit, of 3,000
    expect(find('circuits')?.change).toBe('spread it over 2 shards (1 now)');
    // blocks of 20: 1,000 a second
    expect(find('quota of openai/gpt-5')?.change).toBe('spread it over 2 shards (1 now)');
    // one write for 50 calls
    expect(find('latencies of openai/gpt-5')?.used).toBeCloseTo(0.4, 6);
    expect(find('age of lane critical')?.used).toBeCloseTo(4_000 / 60 / 1_000, 6);
  });

  it('counts messages, tables and invocations against what AWS publishes', () => {
    expect(find('events of ends')).toMatchObject({ used: 20_000, limit: 30_000 });
    expect(find('ledger table: writes')).toMatchObject({ used: 20_000 });
    // creator, fan and tenant, with each run
    expect(find('keys table: reads while it is new')).toMatchObject({ used: 60_000, limit: 12_000 });
    expect(find('jobs table: writes while it is new')).toMatchObject({ used: 60_000, limit: 4_000 });
    expect(find('messages in flight')).toMatchObject({ used: 90_000, limit: 120_000 });
    expect(find('Lambda concurrency')).toMatchObject({ used: 4_800, limit: 900 });
    expect(find('invocations of its mapping')).toMatchObject({ used: 4_800, limit: 1_000 });
    expect(find('growth of its mapping')).toMatchObject({ used: 39.9, limit: 3 });
  });
});

describe('what it costs', () => {
  const even = { critical: 0.25, high: 0.25, medium: 0.25, low: 0.25 };
  const all = { 'gpt-5': 0.25, 'gpt-5-mini': 0.25, 'gpt-5-nano': 0.25, claude: 0.25 };
  const costAt = (jobsPerSecond: number) =>
    planFor(anAsk({ jobsPerSecond, lanes: even, models: all }), aCalibration(2_000)).cost;

  it('is tokens at the price of the day and the tier of the lane', () => {
    // 300 tokens in at $2.50 and 100 out at $20 per million (gpt-5, priority), a month of 2,629,800 s
    const { tokens } = planFor(anAsk(), aCalibration(300)).cost;
    expect(totalUsd(tokens)).toBeCloseTo(2_629_800 * (300 * 2.5e-6 + 100 * 20e-6), 0);
  });

  it('grows with the load: tokens exactly, AWS but for what stands there anyway', () => {
    const [one, ten] = [costAt(10), costAt(100)];
    expect(totalUsd(ten.tokens) / totalUsd(one.tokens)).toBeCloseTo(10, 3);
    expect(totalUsd(ten.aws)).toBeLessThan(10 * totalUsd(one.aws));
    expect(totalUsd(ten.aws)).toBeGreaterThan(7 * totalUsd(one.aws));
  });
});

describe('a plan', () => {
  it('is the same for the same ask', () => {
    const say = () =>
      renderPlan(planFor(anAsk({ jobsPerSecond: 7, config: stages.production }), aCalibration(900)));
    expect(say()).toBe(say());
  });

  it('has lanes and models that nothing comes to left out', () => {
    expect(planFor(anAsk(), aCalibration(300)).lanes.map(({ lane }) => lane)).toEqual(['critical']);
  });

  it('rests on limits and prices that have a source and a day', () => {
    for (const { source, readOn } of [...Object.values(awsLimits), ...Object.values(awsPrices)]) {
      expect(source).toMatch(/^https:\/\/(docs\.)?aws\.amazon\.com\//);
      expect(readOn).toMatch(/^2026-\d\d-\d\d$/);
    }
  });

  it('knows of the fold of the ledger what is deployed', () => {
    synthesize(configOf('production')).accounting.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'relay-production-total-costs',
      MemorySize: fold.memoryMb,
      Timeout: fold.timeoutSeconds,
    });
  });
});
