import { type BudgetRules, emptyBudget } from '../../../lib/pipeline/money/budget.ts';
import { correctedBudget } from '../../../lib/pipeline/money/correct-budget.ts';
import { type BudgetResult, type BudgetTraffic, driveBudgets, TENANT } from './budget-fleet.ts';

const START_MS = Date.parse('2026-11-26T10:00:00Z');
const DAY = '2026-11-26';
const BUDGET = 500_000;

const rulesOf = (budgetMicroUsd: number, criticalShare = 0.1): BudgetRules => ({
  criticalShare,
  tenants: { [TENANT]: budgetMicroUsd },
});

const drive = (changes: Partial<BudgetTraffic>): Promise<BudgetResult> =>
  driveBudgets({
    seed: 1,
    startMs: START_MS,
    rules: rulesOf(BUDGET),
    jobs: 1_200,
    jobsPerSecond: 20,
    estimateMicroUsd: 2_000,
    mostTimes: 1,
    ...changes,
  });

const costOf = (calls: BudgetResult['calls']): number => calls.reduce((sum, { cost }) => sum + cost, 0);

/** What may be spent past a limit: by calls that were under way when the last one began. */
const excessInFlight = (calls: BudgetResult['calls']): number => {
  const lastAtMs = Math.max(...calls.map(({ atMs }) => atMs));
  return calls
    .filter(({ endsAtMs }) => endsAtMs >= lastAtMs)
    .reduce((sum, { cost, estimate }) => sum + Math.max(0, cost - estimate), 0);
};

const seeds = [1, 2, 3];

describe('a fleet of 26 environments that spends more than there is', () => {
  it.each(seeds)(
    'passes the budget by no more than the calls under way, and knows to the micro-dollar (seed %i)',
    async (seed) => {
      const { calls, refused, states } = await drive({ seed, mostTimes: 3 });
      expect(refused.length).toBeGreaterThan(100);
      expect(costOf(calls)).toBeLessThanOrEqual(BUDGET + excessInFlight(calls));
      // environments that kept a block have not told of it: those leases are there to be seen
      const state = states.get(DAY);
      const leased = Object.values(state?.leases ?? {}).reduce((sum, [amount]) => sum + amount, 0);
      expect(leased).toBe(0);
      expect(state?.spentMicroUsd).toBe(costOf(calls));
    },
  );

  it.each(seeds)('never passes it when calls cost no more than was estimated (seed %i)', async (seed) => {
    const { calls } = await drive({ seed });
    expect(costOf(calls)).toBeLessThanOrEqual(BUDGET);
    expect(costOf(calls)).toBeGreaterThan(BUDGET * 0.94);
  });

  it.each(seeds)(
    'keeps the last part for critical, which goes on after all others (seed %i)',
    async (seed) => {
      const { calls, refused } = await drive({ seed, rules: rulesOf(BUDGET, 0.2) });
      const refusedFirst = (isCritical: boolean) =>
        Math.min(
          ...refused.filter(({ lane }) => (lane === 'critical') === isCritical).map(({ atMs }) => atMs),
        );
      expect(refusedFirst(false)).toBeLessThan(refusedFirst(true));
      const others = calls.filter(({ lane }) => lane !== 'critical');
      expect(costOf(others)).toBeLessThanOrEqual(BUDGET * 0.8);
      const inReserve = calls.filter(({ lane, atMs }) => lane === 'critical' && atMs > refusedFirst(false));
      expect(costOf(inReserve)).toBeGreaterThan(BUDGET * 0.15);
    },
  );

  it.each(seeds)('warns once (seed %i)', async (seed) => {
    const { warnings } = await drive({ seed });
    expect(warnings).toMatchObject([{ tenantId: TENANT, day: DAY, budgetMicroUsd: BUDGET }]);
  });
});

describe('a store whose replies get lost, and environments that die', () => {
  it.each(seeds)('count no call twice and lose none that was told (seed %i)', async (seed) => {
    const { calls, states, warnings } = await drive({
      seed,
      mostTimes: 1,
      lostReplyShare: 0.05,
      throttledShare: 0.02,
    });
    const state = states.get(DAY);
    expect(state?.spentMicroUsd).toBe(costOf(calls));
    expect(costOf(calls)).toBeLessThanOrEqual(BUDGET);
    expect(warnings).toHaveLength(1);
  });

  it.each(seeds)('stay within the budget, and warn (seed %i)', async (seed) => {
    const { calls, kills, states, warnings } = await drive({ seed, killShare: 0.02 });
    expect(kills).toBeGreaterThan(5);
    expect(costOf(calls)).toBeLessThanOrEqual(BUDGET);
    const { spentMicroUsd = 0, presumedMicroUsd = 0, leases = {} } = states.get(DAY) ?? {};
    const leased = Object.values(leases).reduce((sum, [amount]) => sum + amount, 0);
    expect(spentMicroUsd).toBeLessThanOrEqual(costOf(calls));
    expect(spentMicroUsd + presumedMicroUsd + leased).toBeGreaterThanOrEqual(costOf(calls));
    const total = { spentMicroUsd: costOf(calls), untilMs: START_MS + 3_600_000 };
    expect(correctedBudget(states.get(DAY) ?? emptyBudget, total)).toMatchObject({
      spentMicroUsd: costOf(calls),
      presumedMicroUsd: 0,
      leases: {},
    });
    // an environment that dies between raising and saying so leaves it to another one, a minute later
    const [first, second] = warnings.map(({ atMs }) => atMs);
    expect(first).toBeDefined();
    expect((second ?? Infinity) - (first ?? 0)).toBeGreaterThanOrEqual(60_000);
    expect(warnings.length).toBeLessThanOrEqual(2);
  });
});

describe('an outage of the store', () => {
  it.each(seeds)(
    'lets calls through, counts them when it is over, and then holds (seed %i)',
    async (seed) => {
      const outage = { fromMs: 10_000, untilMs: 40_000 };
      const { calls, refused, states } = await drive({ seed, jobs: 2_400, outages: [outage] });
      const isOver = ({ atMs }: { atMs: number }) => atMs > START_MS + outage.untilMs + 20_000;
      expect(costOf(calls)).toBeGreaterThan(BUDGET);
      expect(calls.filter(isOver)).toEqual([]);
      expect(refused.filter(isOver).length).toBeGreaterThan(1_000);
      expect(states.get(DAY)?.spentMicroUsd).toBe(costOf(calls));
    },
  );
});

describe('midnight', () => {
  it.each(seeds)('begins a new day in UTC, also where clocks differ (seed %i)', async (seed) => {
    const midnightMs = Date.parse('2026-11-27T00:00:00Z');
    const { calls, refused, states, warnings } = await drive({
      seed,
      startMs: midnightMs - 60_000,
      jobs: 2_400,
      skewMs: 3_000,
      rules: rulesOf(BUDGET),
    });
    for (const day of [DAY, '2026-11-27']) {
      const ofDay = calls.filter((call) => call.day === day);
      expect(costOf(ofDay)).toBeLessThanOrEqual(BUDGET);
      expect(costOf(ofDay)).toBeGreaterThan(BUDGET * 0.9);
      expect(states.get(day)?.spentMicroUsd).toBe(costOf(ofDay));
    }
    expect(refused.some(({ atMs }) => atMs < midnightMs - 3_000)).toBe(true);
    expect(warnings.map(({ day }) => day)).toEqual([DAY, '2026-11-27']);
  });
});

describe('a tenant that is far from its budget', () => {
  it('writes less than once in five calls', async () => {
    const { calls, refused, writes, contended } = await drive({
      rules: rulesOf(1_000_000_000),
      jobs: 2_000,
      jobsPerSecond: 20,
    });
    expect([refused.length, contended]).toEqual([0, 0]);
    expect(writes / calls.length).toBeLessThanOrEqual(0.2);
  });
});
