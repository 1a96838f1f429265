import { type LaneName, laneNames } from '../../pipeline/job/lane.ts';
import type { FollowedJob } from '../run/followed-job.ts';
import { hasEnded, jobMs, type Observations, ownMs, type Period, requestMs, waitMs } from './observations.ts';
import type { Window } from './result.ts';
import { summaryOf } from './statistics.ts';

/** Windows that a run is cut into, at most, and the least that one has, in ms. */
const MOST_WINDOWS = 60;
const LEAST_MS = 2_000;

/** Whole seconds, so that two runs of one length have the same windows. */
export const windowMsOf = ({ fromMs, untilMs }: Period): number =>
  Math.max(LEAST_MS, Math.ceil((untilMs - fromMs) / MOST_WINDOWS / 1_000) * 1_000);

/** The run from its first user to its last job, window by window. Latencies stand in the window in which they were due. */
export const windowsOf = (seen: Observations, measured: Period, windowMs: number): Window[] => {
  const startMs = measured.fromMs - seen.run.scenario.warmUpSeconds * 1_000;
  const ends = seen.jobs.flatMap(({ end }) => end?.endedAtMs ?? []);
  const untilMs = Math.max(measured.untilMs, ...ends);
  const count = Math.ceil((untilMs - startMs) / windowMs);
  return Array.from({ length: count }, (_, index) => {
    const fromMs = startMs + index * windowMs;
    return windowOf(seen, { fromMs, untilMs: fromMs + windowMs }, fromMs < measured.fromMs);
  });
};

const windowOf = (seen: Observations, { fromMs, untilMs }: Period, isWarmUp: boolean): Window => {
  const isIn = (atMs: number) => atMs >= fromMs && atMs < untilMs;
  const due = seen.jobs.filter(({ dueAtMs }) => isIn(dueAtMs));
  const answerable = due.filter(({ expects }) => expects === 'answer').filter(hasEnded);
  const requests = seen.journal
    .filter((line) => line.kind === 'request')
    .filter(({ dueAtMs }) => isIn(dueAtMs));
  const lags = seen.journal.filter((line) => line.kind === 'lag').filter(({ atMs }) => isIn(atMs));
  const figures = {
    job: summaryOf(answerable.map(jobMs)),
    wait: summaryOf(answerable.map(waitMs)),
    own: summaryOf(answerable.map(ownMs)),
    request: summaryOf(requests.map(requestMs)),
  };
  return {
    fromMs,
    isWarmUp,
    users: usersAt(seen, untilMs),
    submitted: due.length,
    ended: seen.jobs.filter(({ end }) => end !== undefined && isIn(end.endedAtMs)).length,
    requests: requests.length,
    errors: requests.filter(({ outcome }) => outcome !== 'answered').length,
    ...Object.fromEntries(Object.entries(figures).filter(([, summary]) => summary !== undefined)),
    depth: depthsIn(seen, isIn),
    age: Object.fromEntries(laneNames.map((lane) => [lane, ageAt(seen.jobs, lane, untilMs)])),
    ...(lags.length > 0 && { lagMs: Math.max(...lags.map(({ p99Ms }) => p99Ms)) }),
  };
};

const usersAt = ({ journal }: Observations, atMs: number): number =>
  journal
    .filter((line) => line.kind === 'user')
    .filter((line) => line.atMs < atMs)
    .reduce((users, { event }) => users + (event === 'came' ? 1 : -1), 0);

/** The deepest that each lane was seen. */
const depthsIn = ({ lanes }: Observations, isIn: (atMs: number) => boolean): Window['depth'] => {
  const samples = lanes.filter(({ atMs }) => isIn(atMs)).flatMap((sample) => sample.lanes);
  const depthOf = (name: LaneName) =>
    Math.max(0, ...samples.filter(({ lane }) => lane === name).map(({ waiting }) => waiting));
  return Object.fromEntries(laneNames.map((lane) => [lane, depthOf(lane)]));
};

/** How long the job of the run has waited that waits longest in a lane; 0 where none waits. Lost ones wait to the end. */
const ageAt = (jobs: readonly FollowedJob[], name: LaneName, atMs: number): number =>
  Math.max(
    0,
    ...jobs
      .filter(({ lane }) => lane === name)
      .map(({ dueAtMs, end }) => ({
        fromMs: end?.acceptedAtMs ?? dueAtMs,
        untilMs: end === undefined ? Number.POSITIVE_INFINITY : (end.startedAtMs ?? end.endedAtMs),
      }))
      .filter(({ fromMs, untilMs }) => fromMs < atMs && untilMs > atMs)
      .map(({ fromMs }) => atMs - fromMs),
  );
