import { type BudgetRules, noBudgets } from '../../lib/pipeline/money/budget.ts';
import { runDeadlineTrials } from '../../lib/simulation/deadline-trials.ts';
import type { HistoryEvent } from '../../lib/simulation/history.ts';
import { createScheduler } from '../../lib/simulation/scheduler.ts';
import { spentBefore } from '../../lib/simulation/simulated-ledger.ts';
import { badDay, chaos, simulateAndCheck } from '../../lib/simulation/swarm.ts';

describe('virtual time', () => {
  it('passes in the order of what is planned, and of two things at one instant the first planned comes first', async () => {
    const { clock, sleep, runUntil } = createScheduler(1_000);
    const seen: string[] = [];
    for (const [name, ms] of [
      ['c', 30],
      ['a', 10],
      ['b', 10],
      ['d', 40],
    ] as const)
      void sleep(ms).then(() => seen.push(`${name} at ${clock.now()}`));
    await runUntil(() => false);
    expect(seen).toEqual(['a at 1010', 'b at 1010', 'c at 1030', 'd at 1040']);
  });

  it('fires no timer that was called off', async () => {
    const { clock, runUntil } = createScheduler(0);
    const timer = clock.timer(10);
    timer.cancel();
    await runUntil(() => false);
    expect(timer.signal.aborted).toBe(false);
  });
});

/** What the budgets together count too much, at each correction. */
const overcountedIn = (history: readonly HistoryEvent[]): number[] => {
  const seen = history.filter((event) => event.kind === 'budget-recorded');
  return [...Map.groupBy(seen, ({ atMs }) => atMs)].map(([atMs, records]) => {
    const spent = [...spentBefore(history, atMs).values()].reduce((sum, it) => sum + it, 0);
    return records.reduce((sum, { recordedMicroUsd }) => sum + recordedMicroUsd, -spent);
  });
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of each of seven tenants, whose jobs would cost more. */
const scarceMoney: BudgetRules = { perDayMicroUsd: 50_000, criticalShare: 0.1, tenants: {} };

const ampleMoney: BudgetRules = { perDayMicroUsd: 100_000_000, criticalShare: 0.1, tenants: {} };

const budgetsFor = {
  'acknowledge-first': noBudgets,
  'untold-duplicates': noBudgets,
  'deaf-to-deadlines': noBudgets,
  'bottomless-budgets': scarceMoney,
  'hasty-corrections': ampleMoney,
};

describe('a simulated run', () => {
  it('is the same for the same seed, to the last event', async () => {
    const [once, again] = await Promise.all([
      simulateAndCheck(badDay(7, 120)),
      simulateAndCheck(badDay(7, 120)),
    ]);
    expect(once.history).toEqual(again.history);
    expect((await simulateAndCheck(badDay(8, 120))).history).not.toEqual(once.history);
  });

  it('of the core as it is breaks no promise, though workers die and deliveries repeat', async () => {
    const { verdict } = await simulateAndCheck(chaos(3, 1_000));
    expect(verdict.violations).toEqual([]);
    expect(verdict.figures.kills).toBeGreaterThan(0);
    expect(verdict.figures.repeatedDeliveries).toBeGreaterThan(0);
    expect(verdict.figures.paidTwice).toBe(verdict.figures.paidTwiceExplained);
  });

  it('with too little money spends it, and ends the other jobs unbilled', async () => {
    const { verdict, history } = await simulateAndCheck({ ...chaos(3, 1_000), budgets: scarceMoney });
    expect(verdict.violations).toEqual([]);
    const isRefused = (event: HistoryEvent) =>
      event.kind === 'ending-written' &&
      event.ending.status === 'failed' &&
      event.ending.reason === 'budget-exhausted';
    expect(history.filter(isRefused).length).toBeGreaterThan(300);
  });

  it('of an hour in which workers die all the time keeps its budgets right', async () => {
    const { workload, ...rest } = chaos(1, 7_200);
    const { verdict, history } = await simulateAndCheck({
      ...rest,
      workload: { ...workload, jobsPerSecond: 2 },
      killShare: 0.08,
      budgets: ampleMoney,
    });
    expect(verdict.violations).toEqual([]);
    expect(verdict.figures.kills).toBeGreaterThan(300);
    const tooMuch = overcountedIn(history);
    expect(tooMuch.length).toBeGreaterThan(10);
    // what the dead of the last quarter of an hour had leased, and not what all of them had
    expect(mean(tooMuch.slice(-4))).toBeLessThan(1.3 * mean(tooMuch.slice(3, 7)));
  });

  it.each([
    ['acknowledge-first', 'acknowledged-before-ending'],
    ['deaf-to-deadlines', 'ended-late'],
    ['bottomless-budgets', 'paid-past-budget'],
    ['hasty-corrections', 'budget-undercounted'],
    ['untold-duplicates', 'acknowledged-untold'],
  ] as const)('with the bug %s planted is found out', async (plantedBug, kind) => {
    const { workload, ...rest } = chaos(3, 1_000);
    const { verdict } = await simulateAndCheck({
      ...rest,
      workload: { ...workload, jobsPerSecond: 2 },
      budgets: budgetsFor[plantedBug],
      plantedBug,
    });
    expect(verdict.violations.map((violation) => violation.kind)).toContain(kind);
  });
});

it('chains of any shape end in time, down to their last rung', async () => {
  const trials = await runDeadlineTrials(5, 500);
  expect(trials.late).toEqual([]);
  expect(trials.lastRungs).toBeGreaterThan(0);
});
