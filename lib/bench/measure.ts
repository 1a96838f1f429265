/** What `npm run bench` can measure, in the order in which it does. */
export const measureNames = ['bundle', 'cold-init', 'dispatch', 'ledger', 'alerts', 'api', 'ratios'] as const;
export type MeasureName = (typeof measureNames)[number];

export type Unit =
  | 'KB'
  | 'MB'
  | 'ms'
  | 'x'
  | '%'
  | 's'
  | 'notices'
  | 'jobs/s'
  | 'CPU ms/job'
  | 'calls/job'
  | 'write units'
  | 'read units'
  | '$/1000 jobs';

export type Goal = { kind: 'at-most' | 'at-least'; limit: number };

/** One number of a measure; without a goal it is there to explain the others. */
export type Figure = { name: string; value: number; unit: Unit; goal?: Goal };

export type Measure = { name: MeasureName; figures: readonly Figure[] };

/** What a measure needs of the run that it is part of. */
export type BenchContext = {
  projectDir: string;
  /** Deleted after the run. */
  workDir: string;
  say(line: string): void;
  /** Aborts when the user wants to stop. */
  signal: AbortSignal;
};

export type Verdict = 'met' | 'missed';

/** Compares the measured value itself, never its rounded form. */
export const verdictOn = ({ value, goal }: Figure): Verdict | undefined => {
  switch (goal?.kind) {
    case undefined:
      return undefined;
    case 'at-most':
      return value <= goal.limit ? 'met' : 'missed';
    case 'at-least':
      return value >= goal.limit ? 'met' : 'missed';
  }
};
