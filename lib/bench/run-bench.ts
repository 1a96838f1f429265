import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { measureAlerts } from './alerts.ts';
import { measureApi } from './api.ts';
import { measureBundle } from './bundle.ts';
import { measureColdInit } from './cold-init.ts';
import { measureDispatch } from './dispatch.ts';
import { measureLedger } from './ledger.ts';
import { type BenchContext, type Measure, type MeasureName, measureNames, verdictOn } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { resultTable } from './result-table.ts';

const measurers: Record<MeasureName, (context: BenchContext) => Promise<Measure>> = {
  bundle: measureBundle,
  'cold-init': measureColdInit,
  dispatch: measureDispatch,
  alerts: measureAlerts,
  ledger: measureLedger,
  api: measureApi,
};

/** 130 is what a shell expects after Ctrl-C. */
const exitCode = { ran: 0, missedGoal: 1, interrupted: 130 } as const;

/** Runs the measures one after the other and reports them. Resolves to the exit code. */
export const runBench = async (
  { only, jsonFile, strict }: BenchOptions,
  around: Omit<BenchContext, 'workDir'>,
): Promise<number> => {
  const measures: Measure[] = [];
  try {
    for (const name of measureNames.filter((name) => only.includes(name))) {
      measures.push(await runMeasure(name, around));
    }
  } catch (error) {
    if (around.signal.aborted) return exitCode.interrupted;
    throw error;
  }
  around.say(`\n${resultTable(measures)}`);
  if (jsonFile !== undefined) await writeFile(jsonFile, `${JSON.stringify(resultOf(measures), null, 2)}\n`);
  return strict && measures.some(missesGoal) ? exitCode.missedGoal : exitCode.ran;
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
