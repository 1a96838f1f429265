import type { LaneName } from '../../pipeline/job/lane.ts';
import { laneNames } from '../../pipeline/job/lane.ts';
import type { Screen } from '../../terminal/terminal-color.ts';
import { painter } from '../../terminal/terminal-color.ts';
import type { JobRow } from './job-row.ts';
import { hasEnded } from './job-row.ts';

/** Jobs of one lane: all of them, those that have ended, those at work. The rest waits. */
type LaneProgress = { total: number; done: number; inFlight: number };

export type Progress = Record<LaneName, LaneProgress>;

export const countProgress = (rows: readonly JobRow[]): Progress => {
  const countLane = (lane: LaneName): LaneProgress => {
    const ofLane = rows.filter((row) => row.lane === lane);
    return {
      total: ofLane.length,
      done: ofLane.filter(hasEnded).length,
      inFlight: ofLane.filter(({ status }) => status === 'running').length,
    };
  };
  return {
    critical: countLane('critical'),
    high: countLane('high'),
    medium: countLane('medium'),
    low: countLane('low'),
  };
};

/** Nobody reads a log faster than this. */
const PLAIN_LINE_EVERY_MS = 2_000;
const DEFAULT_COLUMNS = 80;

export type ProgressDisplay = {
  show(progress: Progress): void;
  /** Shows the last state, if it was held back. */
  end(): void;
};

/** Live progress: on a terminal one block that is redrawn, elsewhere a plain line now and then. */
export const progressDisplay = (
  screen: Screen,
  options: { color: boolean; now(): number },
): ProgressDisplay => (screen.isTTY ? redrawnBlock(screen, options.color) : plainLines(screen, options.now));

const redrawnBlock = (screen: Screen, color: boolean): ProgressDisplay => {
  let drawnLines = 0;
  return {
    show(progress) {
      const lines = renderBars(progress, { color, columns: screen.columns || DEFAULT_COLUMNS });
      const backToTop = drawnLines === 0 ? '' : `\u001b[${drawnLines}A\r\u001b[J`;
      screen.write(`${backToTop}${lines.join('\n')}\n`);
      drawnLines = lines.length;
    },
    end() {},
  };
};

const plainLines = (screen: Screen, now: () => number): ProgressDisplay => {
  let writtenAtMs = Number.NEGATIVE_INFINITY;
  let heldBack: Progress | undefined;
  const write = (progress: Progress) => {
    screen.write(`${renderLine(progress)}\n`);
    writtenAtMs = now();
    heldBack = undefined;
  };
  return {
    show(progress) {
      if (now() - writtenAtMs >= PLAIN_LINE_EVERY_MS) write(progress);
      else heldBack = progress;
    },
    end() {
      if (heldBack) write(heldBack);
    },
  };
};

/** One bar a lane. Lines never wrap, or the redrawing would lose its place. */
export const renderBars = (
  progress: Progress,
  { color, columns }: { color: boolean; columns: number },
): string[] => {
  const paint = painter(color);
  return laneNames.map((lane) => {
    const { total, done, inFlight } = progress[lane];
    const label = lane.padEnd(9);
    const counts = `${String(done).padStart(4)}/${String(total).padEnd(4)} ${String(inFlight).padStart(3)} in flight`;
    const width = Math.max(0, Math.min(columns, DEFAULT_COLUMNS) - label.length - counts.length - 1);
    if (width === 0) return `${label}${counts}`.slice(0, Math.max(0, columns - 1));
    const cells = barCells(progress[lane], width);
    const bar = `${paint('green', '█'.repeat(cells.done))}${paint('yellow', '▒'.repeat(cells.inFlight))}`;
    return `${label}${bar}${paint('dim', '░'.repeat(cells.waiting))}${counts}`;
  });
};

/** Rounds down, so that a full bar means that all are done. */
const barCells = ({ total, done, inFlight }: LaneProgress, width: number) => {
  const cellsUpTo = (jobs: number) => (total === 0 ? 0 : Math.floor((jobs / total) * width));
  const doneCells = cellsUpTo(done);
  const busyCells = cellsUpTo(done + inFlight) - doneCells;
  return { done: doneCells, inFlight: busyCells, waiting: width - doneCells - busyCells };
};

/** The same on one line, for logs. */
const renderLine = (progress: Progress): string => {
  const done = laneNames.map((lane) => `${lane} ${progress[lane].done}/${progress[lane].total}`);
  const inFlight = laneNames.reduce((sum, lane) => sum + progress[lane].inFlight, 0);
  return `${done.join(' · ')} · in flight ${inFlight}`;
};
