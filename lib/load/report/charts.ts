import { laneNames } from '../../pipeline/job/lane.ts';
import type { RunResult, Window } from '../result/result.ts';

/** A chart of the report: series over the seconds of the run. */
export type Chart = {
  id: string;
  title: string;
  seconds: number[];
  series: { label: string; values: (number | null)[] }[];
};

type Series = Record<string, (window: Window) => number | undefined>;

const inSeconds = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : Math.round(ms / 10) / 100;

/** Everything that a run shows over time. */
export const chartsOf = (result: RunResult): Chart[] => {
  const { windows, windowMs } = result;
  const startMs = windows[0]?.fromMs ?? 0;
  const perSecond = (count: number) => Math.round((count * 100_000) / windowMs) / 100;
  const chart = (id: string, title: string, series: Series): Chart => ({
    id,
    title,
    seconds: windows.map(({ fromMs }) => Math.round((fromMs - startMs) / 1_000)),
    series: Object.entries(series).map(([label, of]) => ({
      label,
      values: windows.map((window) => of(window) ?? null),
    })),
  });
  return [
    chart('job', 'From the wish to the end of a job, s', {
      p50: ({ job }) => inSeconds(job?.p50),
      p95: ({ job }) => inSeconds(job?.p95),
      p99: ({ job }) => inSeconds(job?.p99),
    }),
    chart('own', "Relay's own part of it, and the wait for a worker, s", {
      'own p50': ({ own }) => inSeconds(own?.p50),
      'own p95': ({ own }) => inSeconds(own?.p95),
      'wait p95': ({ wait }) => inSeconds(wait?.p95),
    }),
    chart('depth', 'Messages that wait, by lane', byLane('depth')),
    chart('age', 'Longest wait, by lane, s', byLane('age')),
    chart('throughput', 'Jobs a second, and users', {
      submitted: ({ submitted }) => perSecond(submitted),
      ended: ({ ended }) => perSecond(ended),
      users: ({ users }) => users,
    }),
    chart('request', 'Requests of the API, ms', {
      p50: ({ request }) => request?.p50,
      p95: ({ request }) => request?.p95,
      p99: ({ request }) => request?.p99,
    }),
    chart('errors', 'Requests that failed or were refused', { errors: ({ errors }) => errors }),
    chart('lag', 'How late the generator itself was, ms', {
      p99: ({ lagMs }) => (lagMs === undefined ? undefined : Math.round(lagMs)),
    }),
  ];
};

const byLane = (name: 'depth' | 'age'): Series =>
  Object.fromEntries(
    laneNames.map((lane) => [
      lane,
      (window: Window) => (name === 'age' ? inSeconds(window.age[lane]) : window.depth[lane]),
    ]),
  );

/** What is shaded in every chart. */
export const bandsOf = ({ run, windows }: RunResult) => {
  const startMs = windows[0]?.fromMs ?? 0;
  const second = (ms: number) => (ms - startMs) / 1_000;
  const { faults } = run;
  return [
    ...(run.measuredFromMs > startMs
      ? [{ kind: 'warm-up', from: 0, until: second(run.measuredFromMs) }]
      : []),
    ...(faults ? [{ kind: 'faults', from: second(faults.fromMs), until: second(faults.untilMs) }] : []),
  ];
};
