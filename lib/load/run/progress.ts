import { formatDuration, formatUsd } from '../../local/sample/number-format.ts';
import { laneNames } from '../../pipeline/job/lane.ts';
import { sum } from '../../sum.ts';
import type { JournalLine } from '../generator/journal.ts';
import { hasEnded, jobMs } from '../result/observations.ts';
import { summaryOf } from '../result/statistics.ts';
import type { FollowedJob } from './followed-job.ts';
import type { LaneSample } from './watch-lanes.ts';

/** What is known while a run goes on. */
export type SoFar = {
  elapsedMs: number;
  journal: readonly JournalLine[];
  jobs: readonly FollowedJob[];
  lanes: LaneSample | undefined;
};

const RECENT_JOBS = 100;

/** One line: how far, who is there, how it goes. */
export const progressLine = ({ elapsedMs, journal, jobs, lanes }: SoFar): string => {
  const ended = jobs.filter(hasEnded);
  const users = sum(
    journal
      .filter(({ kind }) => kind === 'user')
      .map((line) => ('event' in line && line.event === 'came' ? 1 : -1)),
  );
  const errors = journal.filter((line) => line.kind === 'request' && line.outcome !== 'answered').length;
  const lag = journal.findLast((line) => line.kind === 'lag');
  const recent = summaryOf(ended.slice(-RECENT_JOBS).map(jobMs));
  const waiting = laneNames.map((name) => lanes?.lanes.find(({ lane }) => lane === name)?.waiting ?? 0);
  return [
    clock(elapsedMs),
    `${users} user${users === 1 ? '' : 's'}`,
    `${ended.length}/${jobs.length} jobs ended`,
    `p95 ${formatDuration(recent?.p95)}`,
    `waiting ${waiting.join('/')}`,
    `errors ${errors}`,
    `lag ${formatDuration(lag?.kind === 'lag' ? lag.p99Ms : undefined)}`,
    formatUsd(sum(ended.map(({ end }) => end.costMicroUsd))),
  ].join(' · ');
};

const clock = (ms: number): string => {
  const seconds = Math.floor(ms / 1_000);
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
};
