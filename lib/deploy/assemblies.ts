import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * What this machine has of a stage's deployments: the assemblies themselves, templates and bundles. A deploy makes
 * `synthesized` to `tried`; when its smoke test has held, `tried` to `deployed`, and what was deployed to `before`.
 */
export type Assemblies = Readonly<Record<'synthesized' | 'tried' | 'deployed' | 'before', string>>;

export const assembliesOf = (projectDir: string, stage: string): Assemblies => {
  const at = (name: string) => join(projectDir, '.relay', `deploy-${stage}`, name);
  return {
    synthesized: at('synthesized'),
    tried: at('tried'),
    deployed: at('deployed'),
    before: at('before'),
  };
};

/** From here on the account may have some of it. */
export const beginDeploy = async ({ synthesized, tried }: Assemblies): Promise<void> =>
  replace(synthesized, tried);

/** It has held: a later rollback comes back to it. */
export const keepDeploy = async ({ tried, deployed, before }: Assemblies): Promise<void> => {
  if (existsSync(deployed)) await replace(deployed, before);
  await replace(tried, deployed);
};

/** What ran before: before a deploy that has not held, or else before the last that has. */
export const earlierThan = ({ tried, deployed, before }: Assemblies): string | undefined =>
  [existsSync(tried) ? deployed : before].find((dir) => existsSync(dir));

/** It has been gone back to. */
export const keepEarlier = async ({ tried, deployed, before }: Assemblies): Promise<void> => {
  if (existsSync(tried)) return rm(tried, { recursive: true });
  await replace(before, deployed);
};

const replace = async (from: string, to: string): Promise<void> => {
  await rm(to, { recursive: true, force: true });
  await rename(from, to);
};
