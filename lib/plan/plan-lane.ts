import type { LaneName } from '../pipeline/job/lane.ts';
import { sum } from '../sum.ts';
import { type Ask, laneRate } from './ask.ts';
import type { Calibration } from './calibration.ts';
import {
  enoughFor,
  fateOf,
  growthMetAt,
  jobsPerPlace,
  type LaneAsk,
  type LaneFate,
  neededStaff,
  type Staff,
  waitFromIdleMs,
  waitGoalMs,
} from './staff-lane.ts';

/** What a lane needs, and how it fares with and without. */
export type LanePlan = {
  lane: LaneName;
  jobsPerSecond: number;
  /** `enoughFor`: jobs a second of the lane. */
  configured: { concurrency: number; fate: LaneFate; enoughFor: number };
  needed: Staff & { p50Ms: number; p99Ms: number };
  waitGoalMs: number;
  fromIdleMs: number;
  /** Jobs a second of the lane at which growing from idle alone keeps it from its goal. */
  growthMetAt: number;
  /** With all jobs of a batch at a time. The same as `needed` where that is so already. */
  concurrencyInParallel: number;
  /** Of all its queues together, on average. */
  busyInvocations: number;
  invocationsPerSecond: number;
  mostInFlight: number;
  /** Of the simulation that the answer rests on; the search for it is not counted. */
  simulated: { jobs: number; minutes: number };
};

/** A lane to which nothing comes is not planned. */
export const planLane = (ask: Ask, lane: LaneName, calibration: Calibration): LanePlan | undefined => {
  const jobsPerSecond = laneRate(ask, lane);
  if (jobsPerSecond === 0) return undefined;
  const config = ask.config.lanes[lane];
  const own: LaneAsk = { config, jobsPerSecond, models: ask.models, calibration, seed: ask.seed };
  const perPlace = jobsPerPlace(own);
  const staff = neededStaff(own, perPlace);
  const needed = fateOf(own, staff, perPlace, 'all-queues');
  if (needed.kind === 'behind') throw new Error(`lane ${lane} falls behind with what it needs`);
  const { runs, p50Ms, p99Ms } = needed;
  const jobs = sum(runs.map((run) => run.jobs));
  return {
    lane,
    jobsPerSecond,
    configured: {
      concurrency: config.concurrency,
      fate: fateOf(own, { concurrency: config.concurrency, queues: 1 }, perPlace),
      enoughFor: enoughFor(config.concurrency, perPlace),
    },
    needed: { ...staff, p50Ms, p99Ms },
    waitGoalMs: waitGoalMs(config),
    fromIdleMs: waitFromIdleMs(own, staff),
    growthMetAt: growthMetAt(own, perPlace),
    concurrencyInParallel: inParallel(own, staff),
    // by Little's law, of a job's share: a run's own span has a beginning and an end in which it is half empty
    busyInvocations: (jobsPerSecond / 1_000) * (sum(runs.map(({ invocationMs }) => invocationMs)) / jobs),
    invocationsPerSecond: jobsPerSecond * (sum(runs.map(({ batches }) => batches)) / jobs),
    mostInFlight: sum(runs.map(({ mostInFlight }) => mostInFlight)),
    simulated: {
      jobs,
      minutes: Math.max(...runs.map(({ spanMs }) => spanMs)) / 60_000,
    },
  };
};

const inParallel = (ask: LaneAsk, staff: Staff): number => {
  const { batchSize, parallelism } = ask.config;
  if (parallelism === batchSize) return staff.concurrency;
  const other = { ...ask, config: { ...ask.config, parallelism: batchSize } };
  return neededStaff(other, jobsPerPlace(other)).concurrency;
};
