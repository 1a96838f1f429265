import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustBeWritable, Unusable } from '../command-line.ts';
import { sum } from '../sum.ts';
import { type Calibration, calibrationSchema } from './calibration.ts';
import { calibrate } from './local/calibrate.ts';
import type { Around } from './local/local-cloud.ts';
import { comparisonTable, errorsOf, isWithin, validate } from './local/validate.ts';
import type { PlanOptions } from './options.ts';
import { planFor } from './plan.ts';
import { renderPlan } from './render-plan.ts';

const exitCode = { said: 0, isOff: 1 } as const;

/** Carries out what was asked. Resolves to the exit code. */
export const runPlan = async (
  options: PlanOptions,
  around: Around & { nowMs: number; elapsedMs(): number },
): Promise<number> => {
  const file = join(around.projectDir, CALIBRATION);
  switch (options.kind) {
    case 'calibrate':
      await calibrate(around, { file, seed: options.seed, nowMs: around.nowMs });
      return exitCode.said;
    case 'validate':
      return runValidation(around, await readCalibration(file), options);
    case 'plan':
      return answer(around, await readCalibration(file), options);
  }
};

const CALIBRATION = join('lib', 'plan', 'calibration.json');

const readCalibration = async (file: string): Promise<Calibration> => {
  try {
    return calibrationSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    throw new Unusable(`${file} is no calibration: npm run plan -- --calibrate measures a new one`);
  }
};

const answer = async (
  { say, nowMs, elapsedMs }: Pick<Around, 'say'> & { nowMs: number; elapsedMs(): number },
  calibration: Calibration,
  { ask, jsonFile }: Extract<PlanOptions, { kind: 'plan' }>,
): Promise<number> => {
  if (jsonFile !== undefined) await mustBeWritable(jsonFile);
  const inputTokens = ask.inputTokens ?? calibration.inputTokens;
  const outputTokens = ask.outputTokens === undefined ? calibration.outputTokens : ofAll(ask.outputTokens);
  const beganMs = elapsedMs();
  const plan = planFor({ ...ask, inputTokens, outputTokens, nowMs }, calibration);
  const seconds = (elapsedMs() - beganMs) / 1_000;
  const jobs = sum(plan.lanes.map(({ simulated }) => simulated.jobs));
  const minutes = Math.max(...plan.lanes.map(({ simulated }) => simulated.minutes));
  say(renderPlan(plan));
  say(
    `\nService times as measured on ${calibration.measuredOn}; the answer rests on ${jobs.toLocaleString('en-US')} ` +
      `simulated jobs of up to ${minutes.toFixed(1)} simulated minutes, and took ${seconds.toFixed(1)} s.`,
  );
  if (jsonFile !== undefined) await writeJson(jsonFile, plan);
  return exitCode.said;
};

const ofAll = (tokens: number): Calibration['outputTokens'] => ({
  'gpt-5': tokens,
  'gpt-5-mini': tokens,
  'gpt-5-nano': tokens,
  claude: tokens,
});

const runValidation = async (
  around: Around,
  calibration: Calibration,
  { seed, jsonFile }: Extract<PlanOptions, { kind: 'validate' }>,
): Promise<number> => {
  if (jsonFile !== undefined) await mustBeWritable(jsonFile);
  const comparisons = await validate(around, calibration, seed);
  around.say(comparisonTable(comparisons));
  const off = comparisons.filter((comparison) => !isWithin(comparison));
  around.say(
    `\n${comparisons.length - off.length} of ${comparisons.length} lanes are within 15 % in all three figures.`,
  );
  if (jsonFile !== undefined)
    await writeJson(
      jsonFile,
      comparisons.map((it) => ({ ...it, errors: errorsOf(it) })),
    );
  return off.length === 0 ? exitCode.said : exitCode.isOff;
};

const writeJson = (file: string, value: unknown): Promise<void> =>
  writeFile(file, `${JSON.stringify(value, (key, it) => (key === 'waits' ? undefined : it), 2)}\n`);
