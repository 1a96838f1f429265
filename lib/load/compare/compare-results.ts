import type { Check, RunResult, Window } from '../result/result.ts';
import { medianOf, rankTest } from './rank-test.ts';

/** One figure of two runs, window by window. */
export type Comparison = {
  name: string;
  unit: 'ms' | '/s';
  /** Medians over the windows. */
  before: number;
  after: number;
  /** How much more the second run has, in the unit. */
  shift: number;
  /** The same as a share of the first; infinite where that had none. */
  change: number;
  /** How likely that is by chance, with as many figures as are compared. */
  p: number;
  verdict: 'better' | 'worse' | 'noise' | 'too-few';
};

type Figure = {
  name: string;
  unit: Comparison['unit'];
  of(window: Window, windowMs: number): number | undefined;
  isGood: 'less' | 'more';
  /** A smaller difference than this matters to nobody, whatever its share. */
  least: number;
};

/** What is compared. p99 of a window is left out: a window has too few jobs for it. */
const figures: readonly Figure[] = [
  { name: 'job p50', unit: 'ms', of: ({ job }) => job?.p50, isGood: 'less', least: 20 },
  { name: 'job p95', unit: 'ms', of: ({ job }) => job?.p95, isGood: 'less', least: 50 },
  { name: 'wait p50', unit: 'ms', of: ({ wait }) => wait?.p50, isGood: 'less', least: 5 },
  { name: "Relay's own part p50", unit: 'ms', of: ({ own }) => own?.p50, isGood: 'less', least: 5 },
  { name: "Relay's own part p95", unit: 'ms', of: ({ own }) => own?.p95, isGood: 'less', least: 20 },
  { name: 'request p50', unit: 'ms', of: ({ request }) => request?.p50, isGood: 'less', least: 3 },
  { name: 'request p95', unit: 'ms', of: ({ request }) => request?.p95, isGood: 'less', least: 10 },
  {
    name: 'jobs ended',
    unit: '/s',
    of: ({ ended }, windowMs) => (ended * 1_000) / windowMs,
    isGood: 'more',
    least: 0.5,
  },
];

/** Windows of a run that a figure must have been seen in. */
export const LEAST_WINDOWS = 8;
/** How likely it may be that a figure is named by chance, over all figures together. */
const ALPHA = 0.01;
/**
 * Two runs of the same code differ by what else the machine did, which no test within a run can know: a share below this
 * is noise between runs, however sure it is.
 */
const LEAST_CHANGE = 0.25;

/** Compares two runs of one scenario. The first is what the second is held against. */
export const compareResults = (before: RunResult, after: RunResult): Comparison[] => {
  const compared = figures.map((figure) => compareFigure(figure, before, after));
  return holm(compared);
};

const compareFigure = (figure: Figure, before: RunResult, after: RunResult): Comparison & Figure => {
  const [one, other] = [before, after].map((result) => seriesOf(figure, result));
  const [first, second] = [one ?? [], other ?? []];
  const enough = Math.min(first.length, second.length) >= LEAST_WINDOWS;
  const { p, shift } = enough ? rankTest(first, second) : { p: 1, shift: 0 };
  const median = medianOf(first);
  return {
    ...figure,
    before: median,
    after: medianOf(second),
    shift,
    change: shift === 0 ? 0 : shift / median,
    p,
    verdict: enough ? 'noise' : 'too-few',
  };
};

const seriesOf = ({ of }: Figure, { windows, windowMs, run }: RunResult): number[] =>
  windows
    .filter(({ fromMs, isWarmUp }) => !isWarmUp && fromMs + windowMs <= run.measuredUntilMs)
    .flatMap((window) => of(window, windowMs) ?? []);

/** Many figures are compared, and one of them is always the strangest (Holm 1979). */
const holm = (compared: readonly (Comparison & Figure)[]): Comparison[] => {
  const byP = compared
    .filter(({ verdict }) => verdict !== 'too-few')
    .toSorted((one, other) => one.p - other.p);
  const adjusted = new Map<string, number>();
  let highest = 0;
  for (const [index, { name, p }] of byP.entries()) {
    highest = Math.max(highest, Math.min(1, p * (byP.length - index)));
    adjusted.set(name, highest);
  }
  return compared.map(({ of: _, isGood, least, ...comparison }) => {
    const p = adjusted.get(comparison.name) ?? 1;
    return { ...comparison, p, verdict: verdictOf({ ...comparison, p }, isGood, least) };
  });
};

const verdictOf = (
  { verdict, change, shift, p }: Comparison,
  isGood: Figure['isGood'],
  least: number,
): Comparison['verdict'] => {
  if (verdict === 'too-few') return verdict;
  if (p >= ALPHA || Math.abs(change) < LEAST_CHANGE || Math.abs(shift) < least) return 'noise';
  return shift < 0 === (isGood === 'less') ? 'better' : 'worse';
};

/**
 * Promises that the second run breaks and the first has kept. Times alone would praise a run whose jobs all fail at once.
 */
export const newlyBroken = (before: RunResult, after: RunResult): Check[] => {
  const brokenBefore = new Set(before.checks.filter(({ holds }) => !holds).map(({ name }) => name));
  return after.checks.filter(({ name, holds }) => !holds && !brokenBefore.has(name));
};

/** Why two runs cannot be compared; undefined when they can. */
export const unlike = (before: RunResult, after: RunResult): string | undefined => {
  for (const name of ['scenario', 'target', 'scale', 'models'] as const)
    if (before.run[name] !== after.run[name])
      return `they differ in ${name}: ${before.run[name]} and ${after.run[name]}`;
  if (before.run.machine.cores !== after.run.machine.cores) return 'they were made on different machines';
  for (const { run, verdict } of [before, after])
    if (verdict === 'invalid') return `${run.id} cannot be believed`;
  return undefined;
};
