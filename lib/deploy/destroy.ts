import { rm } from 'node:fs/promises';
import { Unusable } from '../command-line.ts';
import { assembliesOf } from './assemblies.ts';
import { showCdk, synthesize } from './cdk.ts';
import type { DeploySurroundings, Step } from './deploy-steps.ts';
import type { DeployOptions } from './options.ts';
import { readConfig } from './preflight.ts';

/** Deletes all stacks of a stage whose data nobody protects. What is protected is refused before anything is asked. */
export const destroy = async (options: DeployOptions, around: DeploySurroundings): Promise<Step> => {
  const { stage, isSure } = options;
  const config = await readConfig(around.projectDir, options);
  if (config.kind === 'refused') throw new Unusable(config.fix);
  if (config.value.protectData)
    throw new Unusable(
      `${stage} keeps its data: set protectData to false for it in lib/config.ts and deploy that, then destroy it`,
    );
  await around.account.identity();
  if (
    !isSure &&
    (await around.ask(`Jobs, accounts and keys of ${stage} are gone then. Its name: `)) !== stage
  )
    throw new Unusable(`nothing was deleted: type "${stage}", or say --yes beforehand`);
  const assemblies = assembliesOf(around.projectDir, stage);
  const { code, output } = await synthesize(around, options, assemblies.synthesized);
  if (code !== 0) throw new Unusable(output);
  const ended = await showCdk(around, ['destroy', '--all', '--force', '--app', assemblies.synthesized]);
  if (ended !== 0) return { exitCode: 1 };
  for (const dir of Object.values(assemblies)) await rm(dir, { recursive: true, force: true });
  return { exitCode: 0 };
};
