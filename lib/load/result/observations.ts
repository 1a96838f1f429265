import type { Scenario } from '../../../load/scenario.ts';
import type { JournalLine, RequestLine } from '../generator/journal.ts';
import type { ArtilleryCount } from '../run/artillery-report.ts';
import type { FollowedJob, JobEnd } from '../run/followed-job.ts';
import type { FaultPeriod } from '../run/model-server.ts';
import type { TargetName } from '../run/target.ts';
import type { LaneSample } from '../run/watch-lanes.ts';

/** What a run was. */
export type RunInfo = {
  id: string;
  scenario: Scenario;
  target: TargetName;
  /** Of the scenario's own length. */
  scale: number;
  startedAtMs: number;
  /** Whether generator and target take each other's time. */
  sharesMachine: boolean;
  machine: { cores: number; node: string; artillery: string };
  /** Commit of the code that made the load; on this machine of the target, too. */
  commit: string;
  /** How the models of the target answer, where that is known. */
  models?: string;
};

/** Everything that was seen of a run. */
export type Observations = {
  run: RunInfo;
  journal: readonly JournalLine[];
  jobs: readonly FollowedJob[];
  lanes: readonly LaneSample[];
  /** Absent: artillery left no report. */
  artillery?: ArtilleryCount;
  artilleryExit: number | null;
  faults?: FaultPeriod;
  /** The run was broken off because models had cost more than they may. */
  overspent?: true;
};

export type Period = { fromMs: number; untilMs: number };

/** From the end of the warm-up until the last user leaves. */
export const measuredPeriod = ({ run, journal }: Pick<Observations, 'run' | 'journal'>): Period => {
  const users = journal.filter((line) => line.kind === 'user').map(({ atMs }) => atMs);
  const fromMs = Math.min(...users, Number.POSITIVE_INFINITY);
  const begin = Number.isFinite(fromMs) ? fromMs : run.startedAtMs;
  return { fromMs: begin + run.scenario.warmUpSeconds * 1_000, untilMs: Math.max(begin, ...users) };
};

const isWithin = ({ fromMs, untilMs }: Period, atMs: number): boolean => atMs >= fromMs && atMs <= untilMs;

/** Requests that were due in the period. */
export const requestsIn = ({ journal }: Pick<Observations, 'journal'>, period: Period): RequestLine[] =>
  journal.filter((line) => line.kind === 'request').filter(({ dueAtMs }) => isWithin(period, dueAtMs));

/** Jobs of the period that are to be answered. */
export const jobsIn = ({ jobs }: Pick<Observations, 'jobs'>, period: Period): FollowedJob[] =>
  jobs.filter(({ dueAtMs, expects }) => expects === 'answer' && isWithin(period, dueAtMs));

export type EndedJob = FollowedJob & { end: JobEnd };

export const hasEnded = (job: FollowedJob): job is EndedJob => job.end !== undefined;

/** From when the user meant to send it until its end. */
export const jobMs = ({ dueAtMs, end }: EndedJob): number => Math.max(0, end.endedAtMs - dueAtMs);

/** From the lane to the run; a job that no worker took has waited until its end. */
export const waitMs = ({ end }: EndedJob): number =>
  Math.max(0, (end.startedAtMs ?? end.endedAtMs) - end.acceptedAtMs);

/** What Relay itself took: all but the calls of models. */
export const ownMs = ({ end }: EndedJob): number =>
  Math.max(
    0,
    end.endedAtMs - end.acceptedAtMs - end.attempts.reduce((sum, { durationMs }) => sum + durationMs, 0),
  );

/** From when it was due, so that a user who was held up does not hide it. */
export const requestMs = ({ dueAtMs, endedAtMs }: RequestLine): number => endedAtMs - dueAtMs;

/** An answer by another model than was asked for. */
export const isRescued = ({ model, end }: EndedJob): boolean =>
  end.status === 'succeeded' && end.answeredBy !== undefined && end.answeredBy !== model && !isLastRung(end);

const isLastRung = ({ answeredBy }: JobEnd): boolean => answeredBy === 'default' || answeredBy === 'cache';
