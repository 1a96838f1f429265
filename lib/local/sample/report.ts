import type { LaneName } from '../../pipeline/job/lane.ts';
import { laneNames } from '../../pipeline/job/lane.ts';
import type { ModelName } from '../../pipeline/model/model.ts';
import { modelNames } from '../../pipeline/model/model.ts';
import { sum } from '../../sum.ts';
import type { JobRow } from './job-row.ts';
import { hasEnded } from './job-row.ts';
import { percentile } from './percentile.ts';

type Spread = { p50Ms?: number; p99Ms?: number };

type Endings = {
  succeeded: number;
  failed: number;
  expired: number;
  canceled: number;
  unfinished: number;
};

export type LaneReport = Endings & {
  lane: LaneName;
  jobs: number;
  /** From the arrival in the lane to the first claim. */
  waiting: Spread;
  /** From the arrival in the lane to the ending. */
  endToEnd: Spread;
};

export type ModelReport = {
  model: ModelName;
  /** Jobs that asked for the model; a fallback makes calls without any. */
  jobs: number;
  calls: number;
  failedCalls: number;
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  costMicroUsd: number;
};

export type Totals = Endings & {
  jobs: number;
  /** From the first arrival in a lane to the last ending. */
  durationMs: number;
  jobsPerSecond: number;
  costMicroUsd: number;
  costPerThousandJobsMicroUsd: number;
};

export type Report = {
  lanes: LaneReport[];
  models: ModelReport[];
  totals: Totals;
  /** How often each reason stands behind a job that did not succeed. */
  reasons: Record<string, number>;
};

/** Works out the figures of a run from the rows of its jobs. */
export const summarize = (rows: readonly JobRow[]): Report => ({
  lanes: laneNames.map((lane) =>
    summarizeLane(
      lane,
      rows.filter((row) => row.lane === lane),
    ),
  ),
  models: modelNames
    .map((model) => summarizeModel(model, rows))
    .filter(({ jobs, calls }) => jobs + calls > 0),
  totals: summarizeAll(rows),
  reasons: countReasons(rows),
});

const summarizeLane = (lane: LaneName, rows: readonly JobRow[]): LaneReport => ({
  lane,
  jobs: rows.length,
  ...countEndings(rows),
  waiting: spread(rows.map((row) => elapsedMs(row.enqueuedAtMs, row.startedAtMs))),
  endToEnd: spread(rows.map((row) => elapsedMs(row.enqueuedAtMs, row.endedAtMs))),
});

const countEndings = (rows: readonly JobRow[]): Endings => {
  const count = (status: JobRow['status']) => rows.filter((row) => row.status === status).length;
  return {
    succeeded: count('succeeded'),
    failed: count('failed'),
    expired: count('expired'),
    canceled: count('canceled'),
    unfinished: rows.filter((row) => !hasEnded(row)).length,
  };
};

/** Never negative: the queue's clock and the worker's may differ by a few ms. */
const elapsedMs = (fromMs: number | undefined, toMs: number | undefined): number | undefined =>
  fromMs === undefined || toMs === undefined ? undefined : Math.max(0, toMs - fromMs);

const spread = (durationsMs: readonly (number | undefined)[]): Spread => {
  const known = durationsMs.filter((durationMs) => durationMs !== undefined);
  const p50Ms = percentile(known, 50);
  const p99Ms = percentile(known, 99);
  return p50Ms === undefined || p99Ms === undefined ? {} : { p50Ms, p99Ms };
};

const summarizeModel = (model: ModelName, rows: readonly JobRow[]): ModelReport => {
  const calls = rows.flatMap((row) => row.attempts).filter((attempt) => attempt.model === model);
  return {
    model,
    jobs: rows.filter((row) => row.model === model).length,
    calls: calls.length,
    failedCalls: calls.filter(({ outcome }) => outcome !== 'answer').length,
    inputTokens: sum(calls.map(({ usage }) => usage?.inputTokens ?? 0)),
    cachedInputTokens: sum(calls.map(({ usage }) => usage?.cachedInputTokens ?? 0)),
    outputTokens: sum(calls.map(({ usage }) => usage?.outputTokens ?? 0)),
    costMicroUsd: sum(calls.map(({ costMicroUsd }) => costMicroUsd)),
  };
};

const summarizeAll = (rows: readonly JobRow[]): Totals => {
  const ended = rows.filter(hasEnded);
  const durationMs = spanMs(ended);
  const costMicroUsd = sum(rows.map((row) => row.costMicroUsd));
  return {
    jobs: rows.length,
    ...countEndings(rows),
    durationMs,
    jobsPerSecond: durationMs === 0 ? 0 : ended.length / (durationMs / 1_000),
    costMicroUsd,
    costPerThousandJobsMicroUsd: ended.length === 0 ? 0 : (costMicroUsd / ended.length) * 1_000,
  };
};

const spanMs = (ended: readonly JobRow[]): number => {
  const starts = ended.flatMap(({ enqueuedAtMs }) => enqueuedAtMs ?? []);
  const ends = ended.flatMap(({ endedAtMs }) => endedAtMs ?? []);
  return starts.length === 0 || ends.length === 0 ? 0 : Math.max(0, Math.max(...ends) - Math.min(...starts));
};

const countReasons = (rows: readonly JobRow[]): Record<string, number> => {
  const reasons = rows.flatMap(({ status, reason }) => (status === 'succeeded' ? [] : (reason ?? [])));
  return Object.fromEntries(
    [...Map.groupBy(reasons, (reason) => reason)].map(([reason, all]) => [reason, all.length]),
  );
};
