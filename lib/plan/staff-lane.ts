import type { LaneConfig } from '../config.ts';
import { type ModelName, modelNames } from '../pipeline/model/model.ts';
import { seededRandom } from '../seeded-random.ts';
import { awsLimits } from './aws-limits.ts';
import { type Calibration, laneModelOf } from './calibration.ts';
import { poissonArrivals, recordedArrivals } from './queue/arrivals.ts';
import { type Growth, grown, type LaneRun, simulateLane } from './queue/simulate-lane.ts';
import { createWaitHistogram, type WaitHistogram } from './queue/wait-histogram.ts';

/** A lane and what comes to it. */
export type LaneAsk = {
  config: LaneConfig;
  jobsPerSecond: number;
  models: Readonly<Record<ModelName, number>>;
  calibration: Calibration;
  seed: number;
};

/** A lane is staffed such that its places are busy for this share of the time at most: jobs never come evenly. */
export const MOST_BUSY = 0.85;
/** The wait that 99 of 100 jobs must not exceed, as a share of the lane's patience. */
const WAIT_SHARE = 0.01;
/** A percentile says nothing of fewer jobs. */
const LEAST_JOBS = 10_000;
const LEAST_MS = 60_000;
/** Invocations that are under way at the beginning would be missing. */
const WARM_UP_MS = 30_000;

export const waitGoalMs = ({ patienceSeconds }: LaneConfig): number => patienceSeconds * 1_000 * WAIT_SHARE;

/** Invocations of a lane, spread evenly over queues that have a mapping each. */
export type Staff = { concurrency: number; queues: number };

/** How a lane fares. `behind`: more comes than it can do, and waits grow for ever. */
export type LaneFate =
  | { kind: 'steady'; p50Ms: number; p99Ms: number; runs: readonly LaneRun[] }
  | { kind: 'behind'; jobsPerSecond: number; waitGrowsBySecondsPerMinute: number };

/** Jobs that one place can do in a second when batches are full. */
export const jobsPerPlace = (ask: LaneAsk): number => {
  const random = seededRandom(ask.seed);
  const draw = poissonArrivals(random, { perSecond: 1, weights: weightsOf(ask), forMs: Infinity });
  const waiting = Array.from({ length: SATURATED_JOBS }, () => {
    draw.next();
    return { atMs: 0, kind: draw.kind() };
  });
  const { jobs, spanMs } = simulateLane(laneModelOf(ask.calibration, ask.config, grown(1)), {
    random,
    arrivals: recordedArrivals(waiting),
  });
  return (jobs / spanMs) * 1_000;
};

const SATURATED_JOBS = 5_000;

const weightsOf = ({ models }: LaneAsk): number[] => modelNames.map((name) => models[name]);

/** Jobs a second for which so many invocations are enough, with some of them left. */
export const enoughFor = (concurrency: number, perPlace: number): number =>
  concurrency * perPlace * MOST_BUSY;

/** How the lane does with so many invocations at a time. Queues are alike: one may stand for all. */
export const fateOf = (
  ask: LaneAsk,
  staff: Staff,
  perPlace: number,
  simulated: 'one-queue' | 'all-queues' = 'one-queue',
): LaneFate => {
  const capacity = staff.concurrency * perPlace;
  if (capacity <= ask.jobsPerSecond)
    return {
      kind: 'behind',
      jobsPerSecond: capacity,
      waitGrowsBySecondsPerMinute: 60 * (ask.jobsPerSecond / capacity - 1),
    };
  const waits = createWaitHistogram();
  const growth = grown(Math.ceil(staff.concurrency / staff.queues));
  const runs = Array.from({ length: simulated === 'all-queues' ? staff.queues : 1 }, (_, queue) =>
    simulateQueue({ ...ask, seed: ask.seed + queue }, staff, growth, { waits }),
  );
  return { kind: 'steady', p50Ms: waits.percentile(50), p99Ms: waits.percentile(99), runs };
};

type QueueOptions = { waits: WaitHistogram; forMs?: number };

/** With `forMs` from the first message on, otherwise once as many invocations are under way as on average. */
const simulateQueue = (
  ask: LaneAsk,
  { queues }: Staff,
  growth: Growth,
  { waits, forMs }: QueueOptions,
): LaneRun => {
  const random = seededRandom(ask.seed);
  const perSecond = ask.jobsPerSecond / queues;
  const warmUpMs = forMs === undefined ? WARM_UP_MS : 0;
  const measuredMs = forMs ?? Math.max(LEAST_MS, (LEAST_JOBS / perSecond) * 1_000);
  return simulateLane(laneModelOf(ask.calibration, ask.config, growth), {
    random,
    arrivals: poissonArrivals(random, { perSecond, weights: weightsOf(ask), forMs: warmUpMs + measuredMs }),
    warmUpMs,
    waits,
  });
};

/** From here on a longer wait is not for want of places. */
const MOST_SPARE = 3;

/** The fewest invocations at a time with which the lane keeps up, has some left, and waits no longer than its goal. */
export const neededStaff = (ask: LaneAsk, perPlace: number): Staff => {
  const goalMs = waitGoalMs(ask.config);
  const keeps = (concurrency: number) => {
    const fate = fateOf(ask, staffOf(concurrency), perPlace);
    return fate.kind === 'steady' && fate.p99Ms <= goalMs;
  };
  // a mapping takes 2 at least
  const least = Math.max(2, Math.ceil(ask.jobsPerSecond / perPlace / MOST_BUSY));
  let enough = least;
  let tooFew = least - 1;
  while (enough < MOST_SPARE * least + 10 && !keeps(enough)) {
    tooFew = enough;
    enough = Math.ceil(enough * 1.1 + 1);
  }
  while (enough - tooFew > Math.max(1, enough / 200)) {
    const middle = Math.floor((enough + tooFew) / 2);
    if (keeps(middle)) enough = middle;
    else tooFew = middle;
  }
  return staffOf(enough);
};

const staffOf = (concurrency: number): Staff => ({
  concurrency,
  queues: Math.ceil(concurrency / awsLimits.mappingConcurrency.value),
});

/** What the p99 of the wait is while the mappings of an idle lane grow to what they need, in ms; 0: they need not grow. */
export const waitFromIdleMs = (ask: LaneAsk, staff: Staff): number => {
  const most = Math.ceil(staff.concurrency / staff.queues);
  const growth = { most, atOnce: awsLimits.mappingAtOnce.value, perMinute: awsLimits.mappingGrowth.value };
  if (most <= growth.atOnce) return 0;
  const growsForMs = ((most - growth.atOnce) / growth.perMinute) * 60_000;
  const waits = createWaitHistogram();
  const enoughMs = Math.min(LEAST_MS, (LEAST_JOBS / ask.jobsPerSecond) * 1_000);
  simulateQueue(ask, staff, growth, { waits, forMs: Math.max(enoughMs, growsForMs) });
  return waits.percentile(99);
};

/**
 * Jobs a second from which on, after a pause, more than one of 100 waits longer than the goal for the mapping to grow.
 * Infinity: never, with the places of one mapping.
 */
export const growthMetAt = (ask: LaneAsk, perPlace: number): number => {
  const rateOf = (concurrency: number) => enoughFor(concurrency, perPlace);
  const isTooSlow = (concurrency: number) => {
    const busy = { ...ask, jobsPerSecond: rateOf(concurrency) };
    return waitFromIdleMs(busy, staffOf(concurrency)) > waitGoalMs(ask.config);
  };
  const { mappingAtOnce, mappingConcurrency } = awsLimits;
  let inTime: number = mappingAtOnce.value;
  let tooSlow = 2 * inTime;
  for (; !isTooSlow(tooSlow); tooSlow *= 2) {
    if (tooSlow > mappingConcurrency.value) return Infinity;
    inTime = tooSlow;
  }
  while (tooSlow - inTime > Math.max(1, inTime / 20)) {
    const middle = Math.floor((tooSlow + inTime) / 2);
    if (isTooSlow(middle)) tooSlow = middle;
    else inTime = middle;
  }
  return rateOf(inTime);
};
