import { laneNames } from '../pipeline/job/lane.ts';
import type { Ask } from './ask.ts';
import type { Calibration } from './calibration.ts';
import { type MonthlyCost, monthlyCost } from './cost.ts';
import { callStreams } from './demand.ts';
import { type Limit, limitsOf, usedShare, WARN_SHARE } from './limits.ts';
import { type LanePlan, planLane } from './plan-lane.ts';

/** What stands in the way, and at about how many jobs a second. */
export type MetLimit = { name: string; atJobsPerSecond: number };

/** The answer: how lanes fare and what they need, what stands in the way, what it costs and what to change. */
export type Plan = {
  jobsPerSecond: number;
  lanes: readonly LanePlan[];
  /** All of them, the fullest first. */
  limits: readonly Limit[];
  /** The first one that is met as load grows, and the first that no knob of ours moves. */
  firstLimit: MetLimit;
  firstBeyondKnobs: MetLimit;
  cost: MonthlyCost;
  /** In the order of need. */
  changes: readonly string[];
};

/** Depends on nothing but what it is given: the same ask has the same answer. */
export const planFor = (ask: Ask, calibration: Calibration): Plan => {
  const lanes = laneNames.flatMap((lane) => planLane(ask, lane, calibration) ?? []);
  const streams = callStreams(ask, lanes);
  const limits = limitsOf(ask, lanes, streams, calibration);
  return {
    jobsPerSecond: ask.jobsPerSecond,
    lanes,
    limits,
    firstLimit: firstOf(ask, limits),
    firstBeyondKnobs: firstOf(
      ask,
      limits.filter(({ kind }) => kind !== 'knob'),
    ),
    cost: monthlyCost(ask, lanes, streams, calibration),
    changes: [...new Set(limits.filter(needsChange).map(({ name, change }) => `${name}: ${change}`))],
  };
};

const firstOf = ({ jobsPerSecond }: Ask, limits: readonly Limit[]): MetLimit => {
  const met = limits.map((limit) => ({ name: limit.name, share: limit.metAtShare ?? 1 / usedShare(limit) }));
  const [first] = met.toSorted((one, other) => one.share - other.share);
  if (first === undefined) throw new Error('a plan without limits');
  return { name: first.name, atJobsPerSecond: jobsPerSecond * first.share };
};

/** Concurrency is planned with room to spare already. */
const needsChange = (limit: Limit): boolean =>
  usedShare(limit) > (limit.kind === 'knob' && limit.name.startsWith('lane') ? 1 : WARN_SHARE);
