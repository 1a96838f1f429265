import { writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { sampleJobs } from '../../local/sample/conversations.ts';
import { estimateUsage } from '../../pipeline/model/estimate-tokens.ts';
import { utcDay } from '../../pipeline/utc.ts';
import { type Calibration, calibrationSchema } from '../calibration.ts';
import { measureFoldCost } from './fold-cost.ts';
import { calibrationLoad } from './load.ts';
import { type Around, measuredStage, onLocalCloud } from './local-cloud.ts';
import { serviceTimesOf } from './service-times.ts';

/** Measures this machine and writes what the plan rests on. */
export const calibrate = async (
  around: Around,
  { file, seed, nowMs }: { file: string; seed: number; nowMs: number },
): Promise<void> => {
  const fold = measureFoldCost();
  const calibration = await onLocalCloud(around, seed, async ({ rig, measure }) => {
    const logged = countWorkerBytes(rig);
    const run = await measure(calibrationLoad);
    const measured: Calibration = {
      measuredOn: utcDay(nowMs),
      machine: {
        cores: availableParallelism(),
        node: process.version,
        loadAverage: Math.round((loadavg()[0] ?? 0) * 10) / 10,
      },
      jobs: run.jobs.length,
      ...tokensOfSample(run.jobs.map(({ answerChars }) => answerChars)),
      logBytesPerJob: Math.round(logged() / run.jobs.length),
      ...fold,
      ...serviceTimesOf(run, measuredStage.lanes),
    };
    return calibrationSchema.parse(measured);
  });
  await writeFile(file, `${JSON.stringify(calibration)}\n`);
  around.say(`${calibration.jobs} jobs measured; written to ${file}`);
};

const countWorkerBytes = (rig: { onLine(listener: (name: string, line: string) => void): void }) => {
  let bytes = 0;
  rig.onLine((name, line) => {
    if (name.includes('process-job')) bytes += Buffer.byteLength(line) + 1;
  });
  return () => bytes;
};

/** English averages about 4 characters a token. */
const CHARS_PER_TOKEN = 4;

const tokensOfSample = (answerChars: readonly number[]) => {
  const mean = (values: readonly number[]) =>
    Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);
  return {
    inputTokens: mean(sampleJobs(1).map((job) => estimateUsage(job).inputTokens)),
    outputTokens: mean(answerChars.map((chars) => chars / CHARS_PER_TOKEN)),
  };
};
