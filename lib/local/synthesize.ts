import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { ProviderName } from '../pipeline/model/model.ts';

const cdkJson = z.object({ context: z.record(z.string(), z.unknown()) });

/**
 * Runs the CDK app for stage `local`, which bundles the functions, as the CDK CLI would: the same app, the same feature
 * flags. Its own process, because aws-cdk-lib would keep 200 MB of this one. The template validator (1.5 s) is left
 * to `npm run check`. `more` is what a deployer says as `-c name=value`.
 */
export const synthesize = async (
  projectDir: string,
  assemblyDir: string,
  providers: Partial<Record<ProviderName, string>>,
  more: Readonly<Record<string, string>> = {},
): Promise<void> => {
  const { context } = await readCdkJson(projectDir);
  const CDK_CONTEXT_JSON = JSON.stringify({
    ...context,
    ...more,
    stage: 'local',
    providers: JSON.stringify(providers),
  });
  const env = { CDK_CONTEXT_JSON, CDK_OUTDIR: assemblyDir, CDK_VALIDATION: 'false' };
  await promisify(execFile)(process.execPath, ['bin/app.ts'], { cwd: projectDir, env });
};

const readCdkJson = async (projectDir: string) =>
  cdkJson.parse(JSON.parse(await readFile(join(projectDir, 'cdk.json'), 'utf8')));
