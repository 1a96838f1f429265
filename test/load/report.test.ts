import { readFileSync } from 'node:fs';
import { renderReport } from '../../lib/load/report/render-report.ts';
import { resultLines } from '../../lib/load/report/result-lines.ts';
import { judge } from '../../lib/load/result/judge.ts';
import { aFollowedJob, aJournal, anEnd, aRequest, aRun, STARTED_MS } from './a-run.ts';

const parts = {
  library: 'globalThis.uPlot = class {};',
  libraryStyle: '.uplot {}',
  style: readFileSync('lib/load/report/page.css', 'utf8'),
  script: readFileSync('lib/load/report/page.js', 'utf8'),
};

const attack = '</script><script>alert("x")</script>';
const failed = { model: 'gpt-5', outcome: 'transient', code: attack, durationMs: 10, costMicroUsd: 0 };
const result = judge(
  aRun({
    scenario: {
      question: `Is ${attack} harmless?`,
      warmUpSeconds: 10,
      faults: { models: ['gpt-5'], fault: { kind: 'silent' }, from: 0.3, until: 0.6 },
    },
    journal: [...aJournal(), aRequest(30, { outcome: 'refused', code: '503 unavailable' })],
    jobs: [
      ...aRun().jobs,
      aFollowedJob(20, { end: anEnd(20, { answeredBy: 'claude', attempts: [failed] }) }),
      aFollowedJob(21, { lane: 'low', end: anEnd(21, { status: 'failed', reason: 'unavailable' }) }),
    ],
    faults: { fromMs: STARTED_MS + 20_000, untilMs: STARTED_MS + 40_000 },
  }),
);
const page = renderReport(result, parts);

const dataIn = (html: string) => {
  const [, json = ''] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html) ?? [];
  return JSON.parse(json);
};

describe('the report of a run', () => {
  it('needs nothing beside it', () => {
    expect(page).not.toMatch(/\b(src|href)=|@import|url\(|https?:\/\//);
    for (const part of Object.values(parts)) expect(page).toContain(part);
  });

  it('fits a phone as well as a desk', () => {
    expect(page).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
    expect(page).toContain('max-width: 40rem');
  });

  it('shows verdict, checks, latencies, errors, models, ends and cost', () => {
    for (const check of result.checks) expect(page).toContain(`<td>${check.name}</td>`);
    for (const text of [
      'BREACHED',
      'lane critical',
      'submitJob: 503 unavailable',
      'claude',
      'failed: unavailable',
    ])
      expect(page).toContain(text);
    expect(page).toContain('$0.0062 for');
  });

  it('draws every window of time: latency, waits, depth and age by lane, throughput, errors, the generator', () => {
    const { charts, bands } = dataIn(page);
    expect(charts.map(({ id }: { id: string }) => id)).toEqual([
      'job',
      'own',
      'depth',
      'age',
      'throughput',
      'request',
      'errors',
      'lag',
    ]);
    for (const { id, seconds, series } of charts) {
      expect(page).toContain(`<div id="${id}"></div>`);
      for (const { values } of series) expect(values).toHaveLength(seconds.length);
    }
    expect(bands).toEqual([
      { kind: 'warm-up', from: 0, until: 10 },
      { kind: 'faults', from: 20, until: 40 },
    ]);
  });

  it('lets no word of a run become a part of the page', () => {
    expect(page).not.toContain(attack);
    expect(JSON.stringify(dataIn(page))).not.toContain('</script>');
  });

  it('has its tags in order', () => {
    const open: string[] = [];
    for (const [, end, tag = ''] of page
      .replaceAll(/<(script|style)[^>]*>.*?<\/\1>/gs, '')
      .matchAll(/<(\/?)([a-z][a-z0-9]*)/g))
      if (['meta', 'br'].includes(tag)) continue;
      else if (end === '') open.push(tag);
      else expect(open.pop()).toBe(tag);
    expect(open).toEqual([]);
  });

  it('is told on a terminal, too, with what is broken in the last line', () => {
    expect(resultLines(result).at(-1)).toBe('BREACHED: api-errors');
    expect(resultLines(judge(aRun())).at(-1)).toBe('Passed.');
  });

  it('says of a run that cannot be believed why not, and not what it seems to break', () => {
    const seen = aRun({ artilleryExit: 11, lanes: [] });
    expect(resultLines(judge(seen)).at(-1)).toMatch(/^INVALID: artillery\. Its figures cannot be believed/);
  });

  it('is told on a terminal with what was rescued, and how soon, where anything had to be', () => {
    const told = resultLines(result).join('\n');
    expect(told).toContain('100 % rescued by a lesser model, of 1 whose own did not answer');
    expect(told).toMatch(/rescue, from begin to end +1 /);
    expect(resultLines(judge(aRun())).join('\n')).not.toMatch(/rescue,|rescued by/);
  });
});
