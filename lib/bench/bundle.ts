import { build } from 'esbuild';
import { bundleDoors } from './bundled-doors.ts';
import { coldStartBytes } from './cold-start-bytes.ts';
import type { BenchContext, Measure } from './measure.ts';

const ENTRY = 'handler.mjs';
const MAX_KB = 300;
const BYTES_PER_KB = 1_024;

/** The size of the worker's bundle. */
export const measureBundle = async (context: BenchContext): Promise<Measure> => {
  context.say('bundle: bundling the worker ...');
  const bundled = await bundleDoors(context);
  const files = await readOutput(bundled.dirOf('process-job'));
  return {
    name: 'bundle',
    figures: [
      {
        name: 'whole',
        value: bundled.bytesOf('process-job') / BYTES_PER_KB,
        unit: 'KB',
        goal: { kind: 'at-most', limit: MAX_KB },
      },
      { name: 'read by a cold start', value: coldStartBytes(files, ENTRY) / BYTES_PER_KB, unit: 'KB' },
    ],
  };
};

/** esbuild reads its own output again: it knows a static import from a dynamic one, minified or not. */
const readOutput = async (bundleDir: string) => {
  const { metafile } = await build({
    absWorkingDir: bundleDir,
    entryPoints: [ENTRY],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    outdir: 'analysis',
    write: false,
    metafile: true,
  });
  return metafile.inputs;
};
