import { stripVTControlCharacters } from 'node:util';
import type { Progress } from '../../../lib/local/sample/progress.ts';
import { countProgress, progressDisplay, renderBars } from '../../../lib/local/sample/progress.ts';
import { wantsColor } from '../../../lib/terminal/terminal-color.ts';
import { rowWith } from './job-rows.ts';

const progressWith = (done: number, inFlight = 0): Progress => {
  const lane = { total: 60, done, inFlight };
  return { critical: lane, high: lane, medium: lane, low: lane };
};

const screenWith = (isTTY: boolean, columns?: number) => {
  const written: string[] = [];
  const screen = {
    isTTY,
    write: (text: string) => written.push(text),
    ...(columns !== undefined && { columns }),
  };
  return { screen, written };
};

describe('the progress of a run', () => {
  test('counts the ended and the running jobs of each lane', () => {
    const rows = [
      rowWith(),
      rowWith({ status: 'failed' }),
      rowWith({ status: 'running' }),
      rowWith({ status: 'queued' }),
      rowWith({ lane: 'low', status: 'queued' }),
    ];
    const progress = countProgress(rows);
    expect(progress.critical).toEqual({ total: 4, done: 2, inFlight: 1 });
    expect(progress.low).toEqual({ total: 1, done: 0, inFlight: 0 });
    expect(progress.high).toEqual({ total: 0, done: 0, inFlight: 0 });
  });

  test.each([200, 80, 60, 35, 20])('stays within a terminal of %d columns, and within 80', (columns) => {
    for (const line of renderBars(progressWith(20, 10), { color: true, columns })) {
      expect(stripVTControlCharacters(line).length).toBeLessThan(Math.min(columns, 80));
    }
  });

  test('shows a full bar only when all jobs of the lane have ended', () => {
    const barOf = (done: number) => renderBars(progressWith(done), { color: false, columns: 80 })[0] ?? '';
    expect(barOf(59)).toContain('░');
    expect(barOf(60)).not.toContain('░');
    expect(barOf(60)).toMatch(/^critical █+ +60\/60 +0 in flight$/);
  });

  test('has no control characters without colour', () => {
    for (const line of renderBars(progressWith(20, 10), { color: false, columns: 80 })) {
      expect(stripVTControlCharacters(line)).toBe(line);
    }
  });

  test('redraws one block of four lines on a terminal', () => {
    const { screen, written } = screenWith(true, 80);
    const display = progressDisplay(screen, { color: false, now: () => 0 });
    display.show(progressWith(0));
    display.show(progressWith(30));
    expect(written[0]?.split('\n')).toHaveLength(5);
    expect(written[0]).not.toContain('\u001b');
    expect(written[1]?.startsWith('\u001b[4A\r\u001b[J')).toBe(true);
    expect(written[1]).toContain('30/60');
  });

  test('writes at most one plain line in 2 s elsewhere, and the last state at the end', () => {
    const { screen, written } = screenWith(false);
    let nowMs = 0;
    const display = progressDisplay(screen, { color: false, now: () => nowMs });
    for (nowMs = 0; nowMs <= 3_500; nowMs += 500) display.show(progressWith(nowMs / 500));
    expect(written.map((line) => line.split(' · ')[0])).toEqual(['critical 0/60', 'critical 4/60']);
    display.end();
    display.end();
    expect(written).toHaveLength(3);
    expect(written[2]).toBe('critical 7/60 · high 7/60 · medium 7/60 · low 7/60 · in flight 0\n');
  });

  test('has colour on a terminal only, and not against the wish of its user', () => {
    const { screen: terminal } = screenWith(true);
    const { screen: file } = screenWith(false);
    expect(wantsColor(terminal, {})).toBe(true);
    expect(wantsColor(terminal, { NO_COLOR: '' })).toBe(true);
    expect(wantsColor(terminal, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColor(file, {})).toBe(false);
  });
});
