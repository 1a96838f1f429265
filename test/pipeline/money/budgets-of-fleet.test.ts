import { type BudgetRules, MOST_CALLS } from '../../../lib/pipeline/money/budget.ts';
import {
  type BudgetState,
  emptyBudget,
  leasedMicroUsd,
  recordedMicroUsd,
} from '../../../lib/pipeline/money/budget-record.ts';
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

const recordedOn = (states: BudgetResult['states'], day: string): number =>
  recordedMicroUsd(states.get(day) ?? emptyBudget);

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
      expect(leasedMicroUsd(states.get(DAY) ?? emptyBudget)).toBe(0);
      expect(recordedOn(states, DAY)).toBe(costOf(calls));
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

  it.each(seeds)('warns once of each limit, before a job is refused by it (seed %i)', async (seed) => {
    const { warnings, refused } = await drive({ seed, rules: rulesOf(BUDGET, 0.5) });
    expect(warnings.map(({ limitMicroUsd }) => limitMicroUsd)).toEqual([BUDGET / 2, BUDGET]);
    for (const { limitMicroUsd, atMs } of warnings) {
      const isCritical = limitMicroUsd === BUDGET;
      const refusedAtMs = refused
        .filter(({ lane }) => (lane === 'critical') === isCritical)
        .map((refusal) => refusal.atMs);
      expect(atMs).toBeLessThan(Math.min(...refusedAtMs));
    }
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
    expect(recordedOn(states, DAY)).toBe(costOf(calls));
    expect(costOf(calls)).toBeLessThanOrEqual(BUDGET);
    expect(warnings).toHaveLength(2);
  });

  it.each(seeds)('stay within the budget, and warn (seed %i)', async (seed) => {
    const { calls, killsAtMs, states, warnings } = await drive({ seed, killShare: 0.02 });
    expect(killsAtMs.length).toBeGreaterThan(5);
    expect(costOf(calls)).toBeLessThanOrEqual(BUDGET);
    const state = states.get(DAY) ?? emptyBudget;
    expect(recordedMicroUsd(state) + leasedMicroUsd(state)).toBeGreaterThanOrEqual(costOf(calls));
    const total = { spentMicroUsd: costOf(calls), untilMs: START_MS + 3_600_000 };
    const corrected: Partial<BudgetState> = { spentMicroUsd: costOf(calls), ahead: [], leases: {} };
    expect(correctedBudget(state, total)).toMatchObject(corrected);
    // an environment that dies between raising and saying so leaves it to another one, a minute later
    for (const limit of [BUDGET * 0.9, BUDGET]) {
      const ofLimit = warnings.filter(({ limitMicroUsd }) => limitMicroUsd === limit);
      const [first, second] = ofLimit.map(({ atMs }) => atMs);
      expect(first).toBeDefined();
      expect((second ?? Infinity) - (first ?? 0)).toBeGreaterThanOrEqual(60_000);
      expect(ofLimit.length).toBeLessThanOrEqual(2);
    }
  });
});

/** Whoever died before this is in the ledger: a lease's time, the grace, the ledger's lag, a slice of the record, and a fold. */
const FORGOTTEN_AFTER_MS = 900_000;

/** The most that one environment holds here: a block, and what it has under way. */
const MOST_LEASED = (MOST_CALLS + 10) * 2_000;

describe('environments that die all the time, under steady traffic', () => {
  it.each(seeds)('leave behind what the ledger has not told yet, and no more (seed %i)', async (seed) => {
    const { corrections, killsAtMs } = await drive({
      seed,
      rules: rulesOf(1_000_000_000),
      jobs: 18_000,
      jobsPerSecond: 5,
      killShare: 0.05,
      isCorrected: true,
    });
    expect(killsAtMs.length).toBeGreaterThan(100);
    expect(corrections.length).toBeGreaterThan(10);
    for (const { atMs, recordedMicroUsd: recorded, leasedMicroUsd: leased, spentMicroUsd } of corrections) {
      const deaths = killsAtMs.filter((killedAtMs) => atMs - FORGOTTEN_AFTER_MS <= killedAtMs).length;
      expect(recorded + leased).toBeGreaterThanOrEqual(spentMicroUsd);
      // each living one's lease, and once more for what it has not told yet
      expect(recorded + leased).toBeLessThanOrEqual(spentMicroUsd + (2 * 26 + deaths) * MOST_LEASED);
    }
    for (const { recordedMicroUsd: recorded, spentMicroUsd } of corrections.slice(-4))
      expect(Math.abs(recorded / spentMicroUsd - 1)).toBeLessThan(0.02);
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
      expect(recordedOn(states, DAY)).toBe(costOf(calls));
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
      expect(recordedOn(states, day)).toBe(costOf(ofDay));
    }
    expect(refused.some(({ atMs }) => atMs < midnightMs - 3_000)).toBe(true);
    expect(warnings.map(({ day }) => day)).toEqual([DAY, DAY, '2026-11-27', '2026-11-27']);
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
