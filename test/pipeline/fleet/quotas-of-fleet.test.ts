import fc from 'fast-check';
import { leastPerMinute, type Quota } from '../../../lib/pipeline/fleet/quota.ts';
import { type LaneName, laneNames } from '../../../lib/pipeline/job/lane.ts';
import { drive, type Load, mostInAMinute, type Result } from './quota-fleet.ts';

const aQuota = (requestsPerMinute: number, tokensPerMinute = requestsPerMinute * 10_000): Quota => ({
  provider: 'openai',
  modelId: 'gpt-5',
  requestsPerMinute,
  tokensPerMinute,
});
const small = () => ({ estimated: 500 });
const everyone = (jobsPerSecond: number): Load => ({
  critical: jobsPerSecond,
  high: jobsPerSecond,
  medium: jobsPerSecond,
  low: jobsPerSecond,
});
/** Starts a minute of a lane, after two minutes in which bursts and leases of the beginning have passed. */
const perMinute = ({ starts }: Result, lane: LaneName, minutes: number) => {
  const fromMs = (starts[0]?.atMs ?? 0) + 120_000;
  return starts.filter((start) => start.lane === lane && start.atMs >= fromMs).length / (minutes - 2);
};

const someLoad = (most: number) =>
  fc.record({
    critical: fc.double({ min: 0, max: most, noNaN: true }),
    high: fc.double({ min: 0, max: most, noNaN: true }),
    medium: fc.double({ min: 0, max: most, noNaN: true }),
    low: fc.double({ min: 0, max: most, noNaN: true }),
  });
const somePhases = (requestsPerMinute: number) =>
  fc.array(
    fc.record({
      seconds: fc.integer({ min: 5, max: 90 }),
      load: fc.oneof(someLoad(requestsPerMinute / 60), someLoad(requestsPerMinute / 600)),
    }),
    { minLength: 2, maxLength: 6 },
  );
const someTraffic = (requests: { min: number; max: number }) =>
  fc
    .integer(requests)
    .chain((rpm) => fc.record({ rpm: fc.constant(rpm), phases: somePhases(rpm), seed: fc.nat() }));

/** Hours of virtual time; a busy machine needs longer for them. */

describe('26 environments under one quota', () => {
  it('start no more requests in any 60 s than it allows, whatever the traffic', async () => {
    await fc.assert(
      fc.asyncProperty(someTraffic({ min: 10, max: 2_000 }), async ({ rpm, phases, seed }) => {
        const { starts } = await drive({ quota: aQuota(rpm), seed, phases, tokens: small });
        expect(mostInAMinute(starts.map(({ atMs }) => ({ atMs, amount: 1 })))).toBeLessThanOrEqual(rpm);
      }),
      { seed: 20_261, numRuns: 20 },
    );
  });

  it.each([500, 1_000, 2_000])(
    'start no more than %i when all hold leases as a flood begins',
    async (rpm) => {
      const { starts } = await drive({
        quota: aQuota(rpm),
        seed: 6,
        phases: [
          { seconds: 30, load: everyone(0.5) },
          { seconds: 90, load: everyone(rpm / 60) },
        ],
        tokens: small,
      });
      const most = mostInAMinute(starts.map(({ atMs }) => ({ atMs, amount: 1 })));
      expect(most).toBeLessThanOrEqual(rpm);
      expect(most).toBeGreaterThan(0.8 * rpm);
    },
  );

  it('start no more tokens in any 60 s than it allows, and what calls gave back', async () => {
    await fc.assert(
      fc.asyncProperty(someTraffic({ min: 100, max: 1_000 }), async ({ rpm, phases, seed }) => {
        // a bucket holds 2 % of 1,000 tokens a request: no job is larger
        const quota = aQuota(rpm, rpm * 1_000);
        const tokens = (random: () => number) => {
          const estimated = 200 + Math.floor(random() * 1_800);
          return { estimated, used: Math.floor(estimated * (0.5 + random())) };
        };
        const { starts, settlements } = await drive({ quota, seed, phases, tokens });
        const spent = [
          ...starts.map((start) => ({ atMs: start.atMs, amount: start.tokens })),
          ...settlements.map(({ atMs, tokens: more }) => ({ atMs, amount: Math.min(0, more) })),
        ].sort((a, b) => a.atMs - b.atMs || a.amount - b.amount);
        expect(mostInAMinute(spent)).toBeLessThanOrEqual(quota.tokensPerMinute);
      }),
      { seed: 20_262, numRuns: 20 },
    );
  });

  it('pass the tokens by no more than what jobs are larger than a bucket, once for each lane', async () => {
    const quota = aQuota(1_000, 100_000);
    const jobTokens = 6_000;
    const { starts } = await drive({
      quota,
      seed: 1,
      phases: [{ seconds: 600, load: everyone(3) }],
      tokens: () => ({ estimated: jobTokens }),
    });
    const most = mostInAMinute(starts.map(({ atMs, tokens }) => ({ atMs, amount: tokens })));
    expect(most).toBeLessThanOrEqual(quota.tokensPerMinute + laneNames.length * (jobTokens - 2_000));
    expect(starts.length).toBeGreaterThan(10 * 0.85 * (quota.tokensPerMinute / jobTokens));
  });

  it.each([60, 500])('share %i a minute 4:3:2:1 when all ask for more', async (rpm) => {
    const result = await drive({
      quota: aQuota(rpm),
      seed: 2,
      phases: [{ seconds: 600, load: everyone(rpm / 120) }],
      tokens: small,
    });
    const shares = laneNames.map((lane) => perMinute(result, lane, 10) / rpm);
    for (const [index, share] of [0.36, 0.27, 0.18, 0.09].entries())
      expect(Math.abs((shares[index] ?? 0) - share)).toBeLessThan(0.01);
    for (const lane of laneNames)
      expect(perMinute(result, lane, 10)).toBeGreaterThan(leastPerMinute(aQuota(rpm), lane).requests);
  });

  it.each([60, 500, 1_000])('lend all of %i a minute but the bursts to low when it is alone', async (rpm) => {
    const result = await drive({
      quota: aQuota(rpm),
      seed: 3,
      phases: [{ seconds: 300, load: { low: rpm / 30 } }],
      tokens: small,
    });
    expect(perMinute(result, 'low', 5)).toBeGreaterThan(0.85 * rpm);
  });

  it.each([500, 2_000])(
    'never refuse critical what is within its share of %i while low floods',
    async (rpm) => {
      const critical = (0.3 * rpm) / 60;
      const low = rpm / 30;
      const { refused, starts } = await drive({
        quota: aQuota(rpm),
        seed: 4,
        phases: [
          { seconds: 60, load: { low } },
          { seconds: 240, load: { low, critical } },
        ],
        tokens: small,
      });
      expect(refused.low).toBeGreaterThan(0);
      expect(refused.critical).toBe(0);
      expect(starts.filter(({ lane }) => lane === 'critical').length).toBeGreaterThan(0.29 * rpm * 4);
    },
  );

  it.each([1_000, 10_000])(
    'write less than 0.1 times for a job of a lone environment at %i a minute',
    async (rpm) => {
      for (const lane of laneNames) {
        for (const jobsPerSecond of [0.2, 1]) {
          const { starts, writes } = await drive({
            quota: aQuota(rpm),
            seed: 5,
            environments: { [lane]: 1 },
            phases: [{ seconds: 1_200, load: { [lane]: jobsPerSecond } }],
            tokens: (random) => ({ estimated: 300 + Math.floor(random() * 2_000) }),
          });
          expect(starts.length).toBeGreaterThanOrEqual(1_200 * jobsPerSecond - 1);
          expect(writes / starts.length).toBeLessThanOrEqual(0.1);
        }
      }
    },
  );
});
