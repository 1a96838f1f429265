import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, stop } from 'esbuild';

/**
 * One bundled door: its name under `functions/`, the bytes of JavaScript that a cold start may have to read, and the
 * files, by their paths in the project, of which anything is in it.
 */
export type Bundle = { door: string; bytes: number; sources: readonly string[] };

/**
 * Bundles every door under `functions/` into `<bundlesDir>/<door>/` with one esbuild run. Doors do not share chunks, so
 * each folder is a whole Lambda asset; what a door imports lazily becomes a chunk of its own and costs no cold start.
 */
export const bundleFunctions = async (projectDir: string, bundlesDir: string): Promise<Bundle[]> => {
  const doors = await readdir(join(projectDir, 'functions'));
  await rm(bundlesDir, { recursive: true, force: true });
  const bundles = await Promise.all(doors.map((door) => bundleDoor(projectDir, bundlesDir, door)));
  await stop(); // or esbuild's own process would stay as long as ours
  return bundles;
};

/**
 * What is deployed in place of the clients of the AWS SDK; the code is written and typed against the SDK itself
 * (docs/decisions/0031-a-lean-aws-client.md). A command that a stand-in lacks does not bundle.
 */
const standIns = {
  '@aws-sdk/client-dynamodb': './lib/runtime/aws/dynamodb.ts',
  '@aws-sdk/client-kms': './lib/runtime/aws/kms.ts',
  '@aws-sdk/client-secrets-manager': './lib/runtime/aws/secrets-manager.ts',
  '@aws-sdk/client-sns': './lib/runtime/aws/sns.ts',
  '@aws-sdk/client-sqs': './lib/runtime/aws/sqs.ts',
};

const bundleDoor = async (projectDir: string, bundlesDir: string, door: string): Promise<Bundle> => {
  const outdir = join(bundlesDir, door);
  const { metafile } = await build({
    absWorkingDir: projectDir,
    entryPoints: { handler: `functions/${door}/handler.ts` },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    target: 'node24',
    alias: standIns,
    mainFields: ['module', 'main'], // the ESM builds of the AWS SDK are the ones that tree-shake
    minify: true,
    metafile: true,
    legalComments: 'none',
    banner: {
      // for the few CommonJS dependencies that call require()
      js: "import { createRequire as relayRequire } from 'node:module'; const require = relayRequire(import.meta.url);",
    },
  });
  await writeFile(join(outdir, 'package.json'), '{"type":"module"}\n');
  const outputs = Object.values(metafile.outputs);
  const sources = outputs.flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  return { door, bytes: outputs.reduce((sum, output) => sum + output.bytes, 0), sources };
};
