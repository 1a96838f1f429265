import { summarize } from '../../../lib/local/sample/report.ts';
import { attemptWith, rowWith } from './job-rows.ts';

const laneOf = (report: ReturnType<typeof summarize>, name: string) =>
  report.lanes.find(({ lane }) => lane === name);
const modelOf = (report: ReturnType<typeof summarize>, name: string) =>
  report.models.find(({ model }) => model === name);

describe('the summary of a run', () => {
  test('counts the endings of each lane and of all', () => {
    const report = summarize([
      rowWith(),
      rowWith({ lane: 'low', status: 'failed', reason: 'refused' }),
      rowWith({ lane: 'low', status: 'expired', reason: 'deadline-passed' }),
      rowWith({ lane: 'low', status: 'canceled' }),
      rowWith({ lane: 'low', status: 'running' }),
    ]);
    expect(laneOf(report, 'critical')).toMatchObject({ jobs: 1, succeeded: 1, failed: 0, unfinished: 0 });
    const low = { succeeded: 0, failed: 1, expired: 1, canceled: 1, unfinished: 1 };
    expect(laneOf(report, 'low')).toMatchObject({ jobs: 4, ...low });
    expect(report.totals).toMatchObject({ jobs: 5, ...low, succeeded: 1 });
    expect(report.reasons).toEqual({ refused: 1, 'deadline-passed': 1 });
  });

  test('takes percentiles by nearest rank', () => {
    const rows = Array.from({ length: 200 }, (_, index) =>
      rowWith({ enqueuedAtMs: 0, startedAtMs: index + 1, endedAtMs: (index + 1) * 10 }),
    );
    expect(laneOf(summarize(rows), 'critical')).toMatchObject({
      waiting: { p50Ms: 100, p99Ms: 198 },
      endToEnd: { p50Ms: 1_000, p99Ms: 1_980 },
    });
  });

  test('has no percentiles for a lane without jobs', () => {
    expect(laneOf(summarize([rowWith()]), 'high')).toMatchObject({ jobs: 0, waiting: {}, endToEnd: {} });
  });

  test('leaves a job that was never started out of the waiting times', () => {
    const rows = [rowWith(), rowWith({ status: 'expired', startedAtMs: undefined, endedAtMs: 90_000 })];
    expect(laneOf(summarize(rows), 'critical')).toMatchObject({
      waiting: { p50Ms: 200, p99Ms: 200 },
      endToEnd: { p50Ms: 1_200, p99Ms: 80_000 },
    });
  });

  test('takes a start before the arrival, as clocks differ, for no wait at all', () => {
    expect(laneOf(summarize([rowWith({ startedAtMs: 9_990 })]), 'critical')?.waiting.p99Ms).toBe(0);
  });

  test('bills a call to the model that was called, and counts the job with the model it asked for', () => {
    const fallback = rowWith({
      model: 'gpt-5',
      costMicroUsd: 700,
      attempts: [
        { ...attemptWith({ model: 'gpt-5', outcome: 'transient', costMicroUsd: 400 }), usage: undefined },
        attemptWith({ model: 'gpt-5-mini', costMicroUsd: 300 }),
      ],
    });
    const report = summarize([fallback, rowWith()]);
    expect(modelOf(report, 'gpt-5')).toEqual({
      model: 'gpt-5',
      jobs: 1,
      calls: 1,
      failedCalls: 1,
      inputTokens: 0,
      cachedInputTokens: 0,
      outputTokens: 0,
      costMicroUsd: 400,
    });
    expect(modelOf(report, 'gpt-5-mini')).toEqual({
      model: 'gpt-5-mini',
      jobs: 1,
      calls: 2,
      failedCalls: 0,
      inputTokens: 800,
      cachedInputTokens: 200,
      outputTokens: 160,
      costMicroUsd: 550,
    });
    expect(modelOf(report, 'claude')).toBeUndefined();
    expect(report.totals.costMicroUsd).toBe(950);
  });

  test('measures the run from the first arrival to the last ending', () => {
    const report = summarize([
      rowWith({ enqueuedAtMs: 1_000, endedAtMs: 3_000 }),
      rowWith({ enqueuedAtMs: 2_000, endedAtMs: 5_000, costMicroUsd: 750 }),
    ]);
    expect(report.totals).toMatchObject({
      durationMs: 4_000,
      jobsPerSecond: 0.5,
      costMicroUsd: 1_000,
      costPerThousandJobsMicroUsd: 500_000,
    });
  });

  test('of a run in which nothing ended divides nothing by zero', () => {
    const { totals } = summarize([rowWith({ status: 'queued', endedAtMs: undefined, costMicroUsd: 0 })]);
    expect(totals).toMatchObject({ durationMs: 0, jobsPerSecond: 0, costPerThousandJobsMicroUsd: 0 });
  });

  test('survives a round trip through JSON', () => {
    const report = summarize([rowWith(), rowWith({ lane: 'low', status: 'failed', reason: 'money' })]);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});
