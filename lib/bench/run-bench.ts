import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { mustBeWritable, Unusable } from '../command-line.ts';
import { measureAlerts } from './alerts.ts';
import { measureApi } from './api.ts';
import { measureBundle } from './bundle.ts';
import { measureColdInit } from './cold-init.ts';
import { measureDispatch } from './dispatch.ts';
import { measureLedger } from './ledger.ts';
import { type BenchContext, type Measure, type MeasureName, measureNames, verdictOn } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { type Baseline, parseBaseline, slowerSentence, slowerThan } from './ratios/compare.ts';
import { measureRatios } from './ratios/ratios.ts';
import { subjectNames } from './ratios/subjects.ts';
import { resultTable } from './result-table.ts';

const measurers: Record<MeasureName, (context: BenchContext) => Promise<Measure>> = {
  bundle: measureBundle,
  'cold-init': measureColdInit,
  dispatch: measureDispatch,
  alerts: measureAlerts,
  ledger: measureLedger,
  api: measureApi,
  ratios: measureRatios,
};

const exitCode = { ran: 0, missedGoal: 1, slower: 1 } as const;

/** Runs the measures one after the other and reports them. Resolves to the exit code. */
export const runBench = async (
  { only, jsonFile, strict, against }: BenchOptions,
  around: Omit<BenchContext, 'workDir'>,
): Promise<number> => {
  if (jsonFile !== undefined) await mustBeWritable(jsonFile);
  const baseline = against === undefined ? undefined : await readBaseline(against);
  const measures: Measure[] = [];
  for (const name of measureNames.filter((name) => only.includes(name)))
    measures.push(await runMeasure(name, around));
  around.say(`\n${resultTable(measures)}`);
  if (jsonFile !== undefined) await writeFile(jsonFile, `${JSON.stringify(resultOf(measures), null, 2)}\n`);
  if (baseline !== undefined && (await isSlower(baseline, measures, around))) return exitCode.slower;
  return strict && measures.some(missesGoal) ? exitCode.missedGoal : exitCode.ran;
};

const readBaseline = async (file: string): Promise<Baseline> => {
  try {
    return parseBaseline(await readFile(file, 'utf8'));
  } catch {
    throw new Unusable(
      `${file} is no baseline of ${subjectNames.join(', ')}: --against takes a file of npm run bench -- --only ratios --json FILE`,
    );
  }
};

/** What seems to be slower is measured a second time, and the mean of both counts. */
const isSlower = async (
  baseline: Baseline,
  measures: readonly Measure[],
  around: Omit<BenchContext, 'workDir'>,
): Promise<boolean> => {
  const suspects = slowerThan(baseline, measures);
  if (suspects.length === 0) {
    around.say('Nothing is slower than its baseline.');
    return false;
  }
  // all of them once more: one alone finds another heap, and is not what the baseline was
  const again = await measureRatios(around);
  const slower = slowerThan(baseline, [meanOf(measures, again)]).filter(({ name }) =>
    suspects.some((suspect) => suspect.name === name),
  );
  for (const it of slower) around.say(slowerSentence(it));
  if (slower.length === 0) around.say('What seemed to be slower is not, in the mean of both.');
  return slower.length > 0;
};

const meanOf = (measures: readonly Measure[], again: Measure): Measure => {
  const before = measures.find(({ name }) => name === again.name)?.figures ?? [];
  const figures = again.figures.map((figure) => {
    const first = before.find(({ name }) => name === figure.name) ?? figure;
    return { ...figure, value: (first.value + figure.value) / 2 };
  });
  return { ...again, figures };
};

const runMeasure = async (name: MeasureName, around: Omit<BenchContext, 'workDir'>): Promise<Measure> => {
  const parent = join(around.projectDir, '.relay');
  await mkdir(parent, { recursive: true });
  const workDir = await mkdtemp(join(parent, `bench-${name}-`));
  try {
    return await measurers[name]({ ...around, workDir });
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
};

const missesGoal = ({ figures }: Measure): boolean =>
  figures.some((figure) => verdictOn(figure) === 'missed');

const resultOf = (measures: readonly Measure[]) => ({
  machine: { cores: availableParallelism(), node: process.version },
  measures: measures.map(({ name, figures }) => ({
    name,
    figures: figures.map((figure) => ({ ...figure, verdict: verdictOn(figure) })),
  })),
});
