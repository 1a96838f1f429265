import { hash } from 'node:crypto';
import type { BudgetRules } from '../../pipeline/money/budget.ts';
import { compareLimits, type ModelComparison } from '../../simulation/adaptive-against-fixed.ts';
import { DEADLINE_SLACK_MS, runDeadlineTrials } from '../../simulation/deadline-trials.ts';
import { type PlantedBug, plantedBugs } from '../../simulation/simulated-environment.ts';
import { badDay, chaos, simulateAndCheck } from '../../simulation/swarm.ts';
import { atMost, type Drill, type DrillContext, equal, type Finding } from '../drill.ts';

const TRIALS = 10_000;

const deadlines = async ({ seed }: DrillContext): Promise<readonly Finding[]> => {
  const { ended, lastRungs, worstOverrunMs, late } = await runDeadlineTrials(seed, TRIALS);
  return [
    atMost('worst run past its deadline', worstOverrunMs, DEADLINE_SLACK_MS, 'ms', 'promised'),
    equal('runs past it by more, by number', late, []),
    {
      expected: 'chains that no model answered still reach their last rung',
      found: `${ended} of ${TRIALS} ran, ${lastRungs} of them to the last rung`,
      holds: lastRungs > 0,
    },
  ];
};

const sizeOf = ({ profile }: DrillContext, ci: number, long: number) => (profile === 'ci' ? ci : long);

/** The requirement's own size takes seconds of real time, so it is not cut down. */
const CHAOS_JOBS = 20_000;

const simulatedChaos = async ({ seed }: DrillContext): Promise<readonly Finding[]> => {
  const startedAtMs = performance.now();
  const { verdict, steps, virtualMs } = await simulateAndCheck(chaos(seed, CHAOS_JOBS));
  const minutes = (performance.now() - startedAtMs) / 60_000;
  const { figures, violations } = verdict;
  return [
    equal(
      'violations of what users were promised',
      violations.map(({ kind }) => kind),
      [],
    ),
    equal('jobs that ended', Object.values(figures.endingsByStatus).reduce(sum, 0), CHAOS_JOBS),
    {
      expected: 'calls paid twice are explained by kills alone',
      found: `${figures.paidTwice} of ${figures.calls} calls, ${figures.paidTwiceExplained} explained by ${figures.kills} kills`,
      holds: figures.paidTwice === figures.paidTwiceExplained,
    },
    {
      expected: 'a history that the faults have reached',
      found:
        `${steps} steps, ${Math.round(steps / minutes / 1000) / 1000} million a minute; ` +
        `${Math.round(virtualMs / 60_000)} min of virtual time; ${figures.repeatedDeliveries} repeated deliveries`,
      holds: figures.kills > 0 && figures.repeatedDeliveries > 0,
    },
  ];
};

const sum = (a: number, b: number): number => a + b;

const badDays = async (context: DrillContext): Promise<readonly Finding[]> => {
  const days = sizeOf(context, 60, 2_000);
  const broken: number[] = [];
  let steps = 0;
  for (let seed = context.seed; seed < context.seed + days; seed += 1) {
    const day = await simulateAndCheck(badDay(seed, 400));
    steps += day.steps;
    if (day.verdict.violations.length > 0) broken.push(seed);
  }
  return [
    {
      ...equal('seeds whose history breaks a promise', broken, []),
      expected: `none of ${days} seeds is broken`,
    },
    { expected: 'steps taken', found: String(steps), holds: steps > days },
  ];
};

/** What the checker is to call each fault that we have planted in ourselves. */
const nameOfBug: Readonly<Record<PlantedBug, readonly string[]>> = {
  'acknowledge-first': ['lost', 'acknowledged-before-ending'],
  'unfenced-endings': ['ended-twice'],
  'ignored-leases': ['paid-twice-unexplained'],
  'deaf-to-deadlines': ['call-outlives-deadline', 'call-started-late', 'ended-late'],
  'uncounted-starts': ['too-many-starts'],
  'untold-duplicates': ['acknowledged-untold'],
  'bottomless-budgets': ['paid-past-budget'],
  'hasty-corrections': ['budget-undercounted'],
};

/** Seven tenants spend little money within the first minutes, and much not at all. */
const budgetsFor: Partial<Record<PlantedBug, BudgetRules>> = {
  'bottomless-budgets': { perDayMicroUsd: 50_000, criticalShare: 0.1, tenants: {} },
  'hasty-corrections': { perDayMicroUsd: 100_000_000, criticalShare: 0.1, tenants: {} },
};

const planted = async ({ seed }: DrillContext): Promise<readonly Finding[]> => {
  const findings: Finding[] = [];
  for (const plantedBug of plantedBugs) {
    const options = chaos(seed, 3_000);
    const workload = { ...options.workload, users: 30 };
    const store = { ...options.store, lostReplyShare: 0.01 };
    const budgets = budgetsFor[plantedBug] ?? options.budgets;
    const { verdict } = await simulateAndCheck({ ...options, workload, store, budgets, plantedBug });
    const kinds = new Set(verdict.violations.map(({ kind }) => kind));
    const wanted = nameOfBug[plantedBug];
    findings.push({
      expected: `the checker finds ${plantedBug} as ${wanted.join(', ')}`,
      found: [...kinds].join(', ') || 'nothing',
      holds: wanted.every((kind) => [...kinds].some((found) => found === kind)),
    });
  }
  return findings;
};

const replay = async ({ seed }: DrillContext): Promise<readonly Finding[]> => {
  const once = async () => {
    const { history } = await simulateAndCheck(badDay(seed, 500));
    return hash('sha256', JSON.stringify(history)).slice(0, 16);
  };
  return [equal('history of the same seed, by hash', await once(), await once())];
};

const adaptive = async (context: DrillContext): Promise<readonly Finding[]> => {
  const callsPerModel = sizeOf(context, 12_000, 50_000);
  const models = await compareLimits({ seed: context.seed, callsPerModel });
  return models.map((model) => ({
    expected: `${model.model}: silence is noticed sooner, and few calls are cut off for nothing`,
    found: describe(model),
    holds: model.adaptive.silent.p50Ms < model.fixed.silent.p50Ms && model.adaptive.falseTimeoutShare < 0.005,
  }));
};

const describe = ({ fixed, adaptive: learned }: ModelComparison): string =>
  `silent calls given up after ${ms(fixed.silent.p50Ms)} fixed, ${ms(learned.silent.p50Ms)} learned (p50); ` +
  `stalled after ${ms(fixed.stalled.p50Ms)}, ${ms(learned.stalled.p50Ms)}; ` +
  `false timeouts ${percent(fixed.falseTimeoutShare)}, ${percent(learned.falseTimeoutShare)}`;

const ms = (value: number): string => `${Math.round(value)} ms`;
const percent = (share: number): string => `${(share * 100).toFixed(3)} %`;

/** Drills of the core in virtual time, where a day takes seconds and any failure replays from its seed. */
export const simulationDrills: readonly Drill[] = [
  {
    name: 'deadlines',
    fault: '10,000 catalogues, deadlines and providers of any temper, in virtual time',
    pace: 'busy',
    run: deadlines,
  },
  {
    name: 'simulated-chaos',
    fault:
      '20,000 jobs in virtual time: 2 % kills, 5 % duplicates, 10 % provider faults, 2 % database throttles',
    pace: 'busy',
    run: simulatedChaos,
  },
  {
    name: 'bad-days',
    fault: 'days drawn at random, each with its own mixture of faults, in virtual time',
    pace: 'busy',
    run: badDays,
  },
  {
    name: 'planted-bugs',
    fault: 'Relay itself is broken on purpose in seven ways, to see whether the checker notices',
    pace: 'busy',
    run: planted,
  },
  {
    name: 'replay',
    fault: 'the same bad day twice',
    pace: 'busy',
    run: replay,
  },
  {
    name: 'adaptive-limits',
    fault:
      'silent and stalled calls among latencies of realistic shape, under fixed and under learned limits',
    pace: 'busy',
    run: adaptive,
  },
];
