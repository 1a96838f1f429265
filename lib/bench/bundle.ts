import { build } from 'esbuild';
import { type BundleBytes, bundleBytes } from './bundle-bytes.ts';
import { bundleDoors } from './bundled-doors.ts';
import { type BenchContext, bytesPerUnit, type Measure } from './measure.ts';

const ENTRY = 'handler.mjs';
const MAX_KB = 600;

/** The size of the worker's bundle. */
export const measureBundle = async (context: BenchContext): Promise<Measure> => {
  context.say('bundle: bundling the worker ...');
  const bundleDirOf = await bundleDoors(context);
  const { whole, coldStart } = await readBytes(bundleDirOf('process-job'));
  return {
    name: 'bundle',
    figures: [
      { name: 'whole', value: whole / bytesPerUnit.KB, unit: 'KB', goal: { kind: 'at-most', limit: MAX_KB } },
      { name: 'read by a cold start', value: coldStart / bytesPerUnit.KB, unit: 'KB' },
    ],
  };
};

/** esbuild reads its own output again: it knows a static import from a dynamic one, minified or not. */
const readBytes = async (bundleDir: string): Promise<BundleBytes> => {
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
  return bundleBytes(metafile.inputs, ENTRY);
};
