import { Unusable } from '../command-line.ts';
import { assembliesOf, earlierThan, keepEarlier } from './assemblies.ts';
import { askCdk } from './cdk.ts';
import { type DeploySurroundings, deployFrom, isAgreed, type Step, smoke } from './deploy-steps.ts';
import type { DeployOptions } from './options.ts';

/** Deploys what ran before, from the templates and bundles that this machine has kept of it: the very same bytes. */
export const rollback = async (options: DeployOptions, around: DeploySurroundings): Promise<Step> => {
  const { stage } = options;
  const assemblies = assembliesOf(around.projectDir, stage);
  const earlier = earlierThan(assemblies);
  if (earlier === undefined)
    throw new Unusable(
      `nothing that was deployed to ${stage} before is on this machine: check out its revision, npm ci && npm run deploy -- --stage ${stage}`,
    );
  await around.account.identity();
  around.say('Comparing with what is deployed ...');
  const { output } = await askCdk(around, ['diff', '--app', earlier, '--method', 'template']);
  around.say(output);
  if (!(await isAgreed(options, `Take ${stage} back to this?`, around))) return { exitCode: 1 };
  if (!(await deployFrom(earlier, around))) return { exitCode: 1 };
  await keepEarlier(assemblies);
  return smoke(stage, around);
};
