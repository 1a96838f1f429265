import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { Unusable } from '../command-line.ts';

const sampleRun = z.object({ seed: z.int(), finished: z.boolean() });

export type SampleRunFile = {
  seed: number;
  resumed: boolean;
  /** Call when every job of the run has ended. */
  finish(): Promise<void>;
};

/**
 * Which sample to run: the one that was cut off in this data directory, else a new one. Sending a cut-off sample again
 * is what a producer does after a crash; the jobs that have run already do nothing the second time.
 */
export const openSampleRun = async (
  dataDir: string | undefined,
  seed: number | undefined,
): Promise<SampleRunFile> => {
  if (dataDir === undefined) return { seed: seed ?? 1, resumed: false, finish: async () => {} };
  const file = join(dataDir, 'sample-run.json');
  const last = existsSync(file) ? await readLast(file) : undefined;
  const resumed = last !== undefined && !last.finished && (seed === undefined || seed === last.seed);
  const chosen = resumed ? last.seed : (seed ?? (last?.seed ?? 0) + 1);
  const write = (finished: boolean) => writeFile(file, JSON.stringify({ seed: chosen, finished }));
  await write(false);
  return { seed: chosen, resumed, finish: () => write(true) };
};

const readLast = async (file: string): Promise<z.infer<typeof sampleRun>> => {
  try {
    return sampleRun.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    throw new Unusable(
      `${file} is not what a run has left there: delete it to begin a new sample, or give another --data`,
    );
  }
};
