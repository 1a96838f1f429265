import { writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { sampleJobs } from '../../local/sample/conversations.ts';
import { estimateUsage } from '../../pipeline/model/estimate-tokens.ts';
import type { ModelName } from '../../pipeline/model/model.ts';
import { utcDay } from '../../pipeline/utc.ts';
import { sum } from '../../sum.ts';
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
    const tokens = countOutputTokens(rig);
    const run = await measure(calibrationLoad);
    const measured: Calibration = {
      measuredOn: utcDay(nowMs),
      machine: {
        cores: availableParallelism(),
        node: process.version,
        loadAverage: Math.round((loadavg()[0] ?? 0) * 10) / 10,
      },
      jobs: run.jobs.length,
      inputTokens: meanOf(sampleJobs(1).map((job) => estimateUsage(job).inputTokens)),
      outputTokens: tokens(),
      logBytesPerJob: Math.round(logged() / run.jobs.length),
      ...fold,
      ...serviceTimesOf(run, measuredStage.lanes),
    };
    return calibrationSchema.parse(measured);
  });
  await writeFile(file, `${JSON.stringify(calibration)}\n`);
  around.say(`${calibration.jobs} jobs measured; written to ${file}`);
};

type LineSource = { onLine(listener: (name: string, line: string) => void): void };

const countWorkerBytes = (rig: LineSource) => {
  let bytes = 0;
  rig.onLine((name, line) => {
    if (name.includes('process-job')) bytes += Buffer.byteLength(line) + 1;
  });
  return () => bytes;
};

/** What providers counted: each call's tokens are in the line that a worker logs at the job's end. */
const countOutputTokens = (rig: LineSource) => {
  const counted = new Map<string, number[]>();
  rig.onLine((_name, line) => {
    const [, model = '', tokens = ''] = /"model":"([^"]+)".*?"outputTokens":(\d+)/.exec(line) ?? [];
    if (tokens !== '') counted.set(model, [...(counted.get(model) ?? []), Number(tokens)]);
  });
  return (): Calibration['outputTokens'] => {
    const of = (model: ModelName) => meanOf(counted.get(model) ?? []);
    return {
      'gpt-5': of('gpt-5'),
      'gpt-5-mini': of('gpt-5-mini'),
      'gpt-5-nano': of('gpt-5-nano'),
      claude: of('claude'),
    };
  };
};

const meanOf = (values: readonly number[]): number => Math.round(sum(values) / values.length);
