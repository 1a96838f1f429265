import type { LaneName } from '../../../lib/pipeline/job/lane.ts';
import { laneNames } from '../../../lib/pipeline/job/lane.ts';
import type { BudgetRules } from '../../../lib/pipeline/money/budget.ts';
import {
  type BudgetState,
  budgetStateSchema,
  leasedMicroUsd,
  recordedMicroUsd,
} from '../../../lib/pipeline/money/budget-record.ts';
import { type BudgetWarning, budgetKeyOf, createBudgets } from '../../../lib/pipeline/money/budgets.ts';
import { correctBudget, knownUntilMs } from '../../../lib/pipeline/money/correct-budget.ts';
import { FOLD_EVERY_MINUTES } from '../../../lib/pipeline/money/totals.ts';
import type { Clock } from '../../../lib/pipeline/ports.ts';
import { seededRandom } from '../../../lib/seeded-random.ts';
import { inMemoryFleetStore } from '../../../lib/simulation/in-memory-fleet-store.ts';
import { createScheduler } from '../../../lib/simulation/scheduler.ts';
import { simulatedNetwork } from '../../../lib/simulation/simulated-network.ts';

export const TENANT = 'tenant-a';
const FAMILY = `budget#hash-${TENANT}`;

const concurrency: Readonly<Record<LaneName, number>> = { critical: 10, high: 8, medium: 5, low: 3 };

export type BudgetTraffic = {
  seed: number;
  startMs: number;
  rules: BudgetRules;
  jobs: number;
  jobsPerSecond: number;
  lanes?: readonly LaneName[];
  estimateMicroUsd: number;
  /** What a call cost, of its estimate: at most this many times as much. */
  mostTimes: number;
  /** How likely an environment dies at a request. */
  killShare?: number;
  throttledShare?: number;
  lostReplyShare?: number;
  /** When no request gets through, in ms from the start. */
  outages?: readonly { fromMs: number; untilMs: number }[];
  /** Each environment's clock is off by up to this much. */
  skewMs?: number;
  /** The ledger corrects the record, as often and as late as it does in a stage. */
  isCorrected?: boolean;
};

type CallEvent = {
  atMs: number;
  endsAtMs: number;
  lane: LaneName;
  day: string;
  cost: number;
  estimate: number;
};

/** What the record said right after a correction, beside what had been spent by then. In micro-dollars. */
export type CorrectedAt = {
  atMs: number;
  recordedMicroUsd: number;
  leasedMicroUsd: number;
  spentMicroUsd: number;
};

export type BudgetResult = {
  corrections: readonly CorrectedAt[];
  calls: readonly CallEvent[];
  refused: readonly { atMs: number; lane: LaneName }[];
  contended: number;
  warnings: readonly (BudgetWarning & { atMs: number })[];
  killsAtMs: readonly number[];
  writes: number;
  states: ReadonlyMap<string, BudgetState>;
};

/** Calls last from 0.5 to 20 s. */
const callMs = (random: () => number): number => 500 + random() * 19_500;

/** Drives the budgets of a whole fleet over one store that is far away, in virtual time. */
export const driveBudgets = async (traffic: BudgetTraffic): Promise<BudgetResult> => {
  const random = seededRandom(traffic.seed);
  const scheduler = createScheduler(traffic.startMs);
  const store = inMemoryFleetStore(scheduler.clock.now);
  const { throttledShare = 0, lostReplyShare = 0, killShare = 0, skewMs = 0, outages = [] } = traffic;
  const atInstant = (it: { fromMs: number; untilMs: number }) => ({
    fromMs: traffic.startMs + it.fromMs,
    untilMs: traffic.startMs + it.untilMs,
  });
  const faults = { throttledShare, lostReplyShare, slowestMs: 40, outages: outages.map(atInstant) };
  const network = simulatedNetwork(scheduler, random, faults);
  const calls: CallEvent[] = [];
  const refused: { atMs: number; lane: LaneName }[] = [];
  const warnings: (BudgetWarning & { atMs: number })[] = [];
  const killsAtMs: number[] = [];
  let contended = 0;

  const start = (lane: LaneName) => {
    let isAlive = true;
    const process = {
      isAlive: () => isAlive,
      onRequest: () => {
        if (!isAlive || !random.chance(killShare)) return;
        isAlive = false;
        killsAtMs.push(scheduler.clock.now());
      },
    };
    const off = (random.next() * 2 - 1) * skewMs;
    const clock: Clock = { ...scheduler.clock, now: () => scheduler.clock.now() + off };
    const budgets = createBudgets({
      lane,
      rules: traffic.rules,
      clock,
      chance: { random: random.next, newId: () => random.hex(12) },
      hashOf: (tenantId) => `hash-${tenantId}`,
      store: {
        list: (family) => network(process, () => store.list(family)),
        replace: (...change) => network(process, () => store.replace(...change)),
      },
      totalOf: async () => 0,
      onRebuilt: async () => {},
      onWarning: async (warning) => {
        warnings.push({ ...warning, atMs: scheduler.clock.now() });
      },
    });
    return { lane, budgets, isAlive: process.isAlive, now: clock.now };
  };
  const fleet = laneNames
    .filter((lane) => traffic.lanes?.includes(lane) ?? true)
    .flatMap((lane) => Array.from({ length: concurrency[lane] }, () => start(lane)));

  const run = async (index: number) => {
    const { lane, budgets, isAlive, now } = fleet[index] ?? start('low');
    const day = new Date(now()).toISOString().slice(0, 10);
    const spending = await budgets.reserve({ tenantId: TENANT, microUsd: traffic.estimateMicroUsd });
    const atMs = scheduler.clock.now();
    if (spending.kind === 'exhausted') refused.push({ atMs, lane });
    if (spending.kind === 'contended') contended += 1;
    if (spending.kind !== 'granted') return;
    const cost = Math.round(random.next() * traffic.mostTimes * traffic.estimateMicroUsd);
    const endsAtMs = atMs + callMs(random.next);
    calls.push({ atMs, endsAtMs, lane, day, cost, estimate: traffic.estimateMicroUsd });
    await scheduler.sleep(endsAtMs - atMs);
    if (isAlive()) await spending.settle(cost);
  };
  const corrections: CorrectedAt[] = [];
  const endedBefore = (atMs: number) =>
    calls.filter(({ endsAtMs }) => endsAtMs < atMs).reduce((sum, { cost }) => sum + cost, 0);
  const correct = async () => {
    const nowMs = scheduler.clock.now();
    const key = budgetKeyOf(`hash-${TENANT}`, new Date(nowMs).toISOString().slice(0, 10));
    const untilMs = knownUntilMs(nowMs);
    await correctBudget(store, key, { spentMicroUsd: endedBefore(untilMs), untilMs });
    const [record] = await store.list(key.family);
    const state = budgetStateSchema.parse(record?.value);
    corrections.push({
      atMs: nowMs,
      recordedMicroUsd: recordedMicroUsd(state),
      leasedMicroUsd: leasedMicroUsd(state),
      spentMicroUsd: endedBefore(nowMs),
    });
  };
  let areSent = false;
  if (traffic.isCorrected)
    void (async () => {
      while (!areSent) {
        await scheduler.sleep(FOLD_EVERY_MINUTES * 60_000);
        await correct();
      }
    })();
  const jobs = (async () => {
    for (let job = 0; job < traffic.jobs; job += 1) {
      await scheduler.sleep((-Math.log(1 - random.next()) * 1_000) / traffic.jobsPerSecond);
      const index = Math.floor(random.next() * fleet.length);
      const seat = fleet[index];
      // a killed environment's place is taken by a new one, which knows nothing
      if (seat !== undefined && !seat.isAlive()) fleet[index] = start(seat.lane);
      void run(index);
    }
    areSent = true;
  })();
  await scheduler.runUntil(() => false);
  await jobs;
  const states = new Map(
    (await store.list(FAMILY)).map(({ name, value }) => [name, budgetStateSchema.parse(value)]),
  );
  return { calls, corrections, refused, contended, warnings, killsAtMs, writes: store.writes(), states };
};
