import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleFunctions } from '../bundle-functions.ts';
import type { BenchContext } from './measure.ts';

/** What the worker is compared with: nothing at all, and the one client that it cannot do without. */
const baselines = {
  empty: 'export const handler = async () => {};\n',
  'bare-client':
    "import { DynamoDBClient } from '@aws-sdk/client-dynamodb';\n" +
    'const client = new DynamoDBClient();\n' +
    'export const handler = async () => client.config.region();\n',
};

export type BundledDoor = keyof typeof baselines | 'process-job';

/** Where the bundle of a door lies, and the bytes that are deployed of it. */
export type BundledDoors = { dirOf(door: BundledDoor): string; bytesOf(door: BundledDoor): number };

/**
 * Bundles the worker and its baselines in one run of the bundler that deployments use, from a project of its own with
 * the sources linked into it.
 */
export const bundleDoors = async ({ projectDir, workDir }: BenchContext): Promise<BundledDoors> => {
  const benchProject = join(workDir, 'project');
  await mkdir(join(benchProject, 'functions'), { recursive: true });
  await link(join(projectDir, 'lib'), join(benchProject, 'lib'));
  await link(join(projectDir, 'functions', 'process-job'), join(benchProject, 'functions', 'process-job'));
  for (const [door, source] of Object.entries(baselines)) {
    const dir = join(benchProject, 'functions', door);
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, 'handler.ts'), source);
  }
  const bundlesDir = join(workDir, 'bundles');
  const bundles = new Map(
    (await bundleFunctions(benchProject, bundlesDir)).map(({ door, bytes }) => [door, bytes]),
  );
  return {
    dirOf: (door) => join(bundlesDir, door),
    bytesOf: (door) => bundles.get(door) ?? 0,
  };
};

/** A junction, where links differ (Windows), needs no privilege. */
const link = (target: string, path: string): Promise<void> => symlink(target, path, 'junction');
