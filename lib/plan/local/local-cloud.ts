import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stages } from '../../config.ts';
import { createNeighbourhood } from '../../drill/rig/neighbours.ts';
import { createStartRig, type Rig } from '../../drill/rig/rig.ts';
import { type LocalLoad, scheduleOf, warmUpLoad } from './load.ts';
import { type MeasuredRun, measureRun, undisturbed, watchBatches } from './measured-run.ts';

export type Around = { projectDir: string; say(line: string): void; signal: AbortSignal };

/** What is measured, on this machine, of the deployed bundles. */
export type LocalCloudRun = { rig: Rig; measure(load: LocalLoad): Promise<MeasuredRun> };

/** The stage that is measured. */
export const measuredStage = stages.local;

/** Nothing takes as long: what hangs is given up. In ms. */
const GIVE_UP_MS = 2_400_000;

/** A run with more jobs that were disturbed, as a share, says nothing of queues. */
const MOST_DISTURBED = 0.02;
const MOST_TRIES = 3;

/** A local cloud with models that take their time, warmed up, for as long as `work` lasts. */
export const onLocalCloud = async <Result>(
  { projectDir, say, signal }: Around,
  seed: number,
  work: (run: LocalCloudRun) => Promise<Result>,
): Promise<Result> => {
  await mkdir(join(projectDir, '.relay'), { recursive: true });
  const workDir = await mkdtemp(join(projectDir, '.relay', 'plan-'));
  const stop = AbortSignal.any([signal, AbortSignal.timeout(GIVE_UP_MS)]);
  await using opened = new AsyncDisposableStack();
  opened.defer(() => rm(workDir, { recursive: true, force: true }));
  say('Starting the local cloud with the built bundles, and models that take their time ...');
  const startRig = createStartRig(createNeighbourhood(projectDir, join(workDir, 'assemblies')));
  const rig = await startRig(
    opened,
    { workDir, seed, signal: stop },
    { modelProfile: 'realistic', providers: ['openai', 'anthropic'] },
  );
  const watch = watchBatches(rig, Date.now);
  const measure = async (load: LocalLoad) => {
    const schedule = scheduleOf(load, seed);
    for (let tries = 1; ; tries += 1) {
      say(`${load.name}: ${schedule.length} jobs ...`);
      const run = undisturbed(await measureRun(rig, watch, schedule, stop));
      const disturbed = schedule.length - run.jobs.length;
      if (disturbed === 0) return run;
      say(
        `${disturbed} jobs had calls that failed or came back: this machine was too busy. They do not count.`,
      );
      if (disturbed <= schedule.length * MOST_DISTURBED || tries === MOST_TRIES) return run;
      say('Once more:');
    }
  };
  say('Warming all environments up ...');
  await measureRun(rig, watch, scheduleOf(warmUpLoad(measuredStage), seed), stop);
  return await work({ rig, measure }); // not before it is over is the cloud stopped
};
