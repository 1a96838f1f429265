import { stripVTControlCharacters } from 'node:util';
import { renderReport } from '../../../lib/local/sample/render-report.ts';
import { summarize } from '../../../lib/local/sample/report.ts';
import { laneNames } from '../../../lib/pipeline/job/lane.ts';
import { modelNames } from '../../../lib/pipeline/model/model.ts';
import { attemptWith, rowWith } from './job-rows.ts';

const usage = {
  inputTokens: 12_345_678,
  cachedInputTokens: 1_234_567,
  cacheWriteTokens: 0,
  outputTokens: 2_345_678,
  reasoningTokens: 9,
};

/** Figures wider than any run of the sample has. */
const wideRows = laneNames.flatMap((lane) =>
  modelNames.flatMap((model) =>
    Array.from({ length: 300 }, () =>
      rowWith({
        lane,
        model,
        endedAtMs: 999_999,
        attempts: [attemptWith({ model, usage, costMicroUsd: 987_654 })],
      }),
    ),
  ),
);

describe('the report as text', () => {
  test('fits 100 columns and has no control characters without colour', () => {
    const text = renderReport(summarize(wideRows), { color: false });
    expect(stripVTControlCharacters(text)).toBe(text);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  test('says the same with colour', () => {
    const report = summarize(wideRows);
    const colored = renderReport(report, { color: true });
    expect(colored).toContain('\u001b[');
    expect(stripVTControlCharacters(colored)).toBe(renderReport(report, { color: false }));
  });

  test('opens with the verdict of a run that went well', () => {
    const text = renderReport(summarize([rowWith(), rowWith()]), { color: false });
    expect(text.split('\n')[0]).toBe(
      '2 of 2 jobs answered in 1.2 s: nothing failed, nothing is left waiting.',
    );
  });

  test('opens with what went wrong, and why', () => {
    const rows = [
      rowWith(),
      rowWith({ status: 'failed', reason: 'attempts-exhausted' }),
      rowWith({ status: 'expired', reason: 'deadline-passed' }),
      rowWith({ status: 'running', endedAtMs: undefined }),
    ];
    expect(renderReport(summarize(rows), { color: false }).split('\n').slice(0, 3)).toEqual([
      '1 of 4 jobs answered in 1.2 s; 1 failed, 1 expired, 1 not ended.',
      '  1 x attempts-exhausted',
      '  1 x deadline-passed',
    ]);
  });

  test('does not call a run without jobs a success', () => {
    expect(renderReport(summarize([]), { color: false })).toMatch(/^No job was sent\./);
  });

  test('has a line per lane, per model and per total', () => {
    const text = renderReport(summarize([rowWith()]), { color: false });
    expect(text).toMatch(/^ {2}critical +1 +1 +0 +0 +200 ms +200 ms +1\.2 s +1\.2 s$/m);
    expect(text).toMatch(/^ {2}high +0 +0 +0 +0 +- +- +- +-$/m);
    expect(text).toMatch(/^ {2}gpt-5-mini +1 +1 +0 +400 +100 +80 +\$0\.000250$/m);
    expect(text).toMatch(/^ {2}cost per 1,000 jobs +\$0\.2500$/m);
  });

  test('ends with where to look next, in the words of the caller', () => {
    const lookNext = [
      { label: 'HTTP API', address: 'http://127.0.0.1:3000/v1' },
      { label: 'Jobs', address: 'http://127.0.0.1:8000' },
    ];
    const lines = renderReport(summarize([rowWith()]), { color: false, lookNext })
      .trimEnd()
      .split('\n');
    expect(lines.slice(-3)).toEqual([
      'Where to look next',
      '  HTTP API  http://127.0.0.1:3000/v1',
      '  Jobs      http://127.0.0.1:8000',
    ]);
  });
});
