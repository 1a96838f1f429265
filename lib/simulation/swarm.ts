import type { Quota } from '../pipeline/fleet/quota.ts';
import { modelNames, type ProviderName } from '../pipeline/model/model.ts';
import { type BudgetRules, noBudgets } from '../pipeline/money/budget.ts';
import { type Random, seededRandom } from '../seeded-random.ts';
import { checkHistory, type Verdict } from './check-history.ts';
import { type SimulationOptions, type SimulationResult, simulate } from './simulation.ts';

/** The faults of the chaos run: 2 % kills, 5 % duplicates, 10 % provider faults, 2 % database throttles. */
export const chaos = (seed: number, jobs: number): SimulationOptions => ({
  seed,
  workload: { jobs, users: jobs / 20, jobsPerSecond: 8, shortDeadlineShare: 0.1, sentTwiceShare: 0.02 },
  store: { throttledShare: 0.02, lostReplyShare: 0, slowestMs: 8, outages: [] },
  providers: {
    transientShare: 0.05,
    silentShare: 0.015,
    stalledShare: 0.01,
    throttledShare: 0.015,
    refusedShare: 0.01,
    outages: [],
  },
  quotas: [],
  budgets: noBudgets,
  killShare: 0.02,
  duplicateShare: 0.05,
});

/** Faults of every kind in shares of any size: each seed is another bad day. */
export const badDay = (seed: number, jobs: number): SimulationOptions => {
  const random = seededRandom(seed);
  const share = (most: number) => random.next() ** 2 * most;
  return {
    seed,
    workload: {
      jobs,
      users: random.between(2, jobs),
      jobsPerSecond: random.between(1, 30),
      shortDeadlineShare: share(0.6),
      sentTwiceShare: share(0.2),
    },
    store: {
      throttledShare: share(0.2),
      lostReplyShare: share(0.1),
      slowestMs: random.between(1, 60),
      outages: [],
    },
    providers: {
      transientShare: share(0.4),
      silentShare: share(0.1),
      stalledShare: share(0.1),
      throttledShare: share(0.2),
      refusedShare: share(0.1),
      outages: random.chance(0.5) ? [drawOutage(random), drawOutage(random)] : [],
    },
    quotas: random.chance(0.5) ? drawQuotas(random) : [],
    killShare: share(0.1),
    duplicateShare: share(0.3),
    budgets: random.chance(0.5) ? drawBudgets(random, jobs) : noBudgets,
  };
};

const drawOutage = (random: Random) => {
  const fromMs = random.between(0, 120_000);
  return {
    provider: random.pick<ProviderName>(['azure-openai', 'openai', 'anthropic']),
    kind: random.pick<'silent' | 'failing'>(['silent', 'failing']),
    fromMs,
    untilMs: fromMs + random.between(5_000, 120_000),
  };
};

const drawQuotas = (random: Random): readonly Quota[] =>
  modelNames.map((name) => ({
    provider: 'openai' as const,
    modelId: name,
    requestsPerMinute: random.between(5, 3_000),
    tokensPerMinute: random.between(50_000, 2_000_000),
  }));

/** Seven tenants share the jobs: some of them run out of money, one has none to begin with. */
const drawBudgets = (random: Random, jobs: number): BudgetRules => ({
  perDayMicroUsd: random.between(jobs * 20, jobs * 500),
  criticalShare: random.pick([0, 0.1, 0.3]),
  tenants: { 'tenant-1': null, 'tenant-2': 1 },
});

/** A run and what the checker says of it. */
export const simulateAndCheck = async (
  options: SimulationOptions,
): Promise<SimulationResult & { verdict: Verdict }> => {
  const result = await simulate(options);
  return { ...result, verdict: checkHistory(result.history, { budgets: options.budgets }) };
};
