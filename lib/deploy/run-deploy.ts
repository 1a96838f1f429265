import { writeFileSync } from 'node:fs';
import { mustBeWritable } from '../command-line.ts';
import { assembliesOf, beginDeploy, keepDeploy } from './assemblies.ts';
import { askCdk } from './cdk.ts';
import { type DeploySurroundings, deployFrom, isAgreed, type Step, smoke } from './deploy-steps.ts';
import { destroy } from './destroy.ts';
import type { Finding } from './finding.ts';
import type { DeployOptions } from './options.ts';
import { GET_CREDENTIALS, type Preflight, preflight } from './preflight.ts';
import { renderCosts, renderFindings } from './render-preflight.ts';
import { rollback } from './rollback.ts';

/** Carries out what was asked of a stage. Resolves to the exit code. */
export const runDeploy = async (options: DeployOptions, around: DeploySurroundings): Promise<number> => {
  const { jsonFile, stage, order } = options;
  if (jsonFile !== undefined) await mustBeWritable(jsonFile);
  const step = await carryOut(options, around);
  if (jsonFile !== undefined)
    writeFileSync(jsonFile, `${JSON.stringify({ stage, order, ...step }, null, 2)}\n`);
  return step.exitCode;
};

const carryOut = (options: DeployOptions, around: DeploySurroundings): Promise<Step> => {
  switch (options.order) {
    case 'deploy':
    case 'dry-run':
      return deploy(options, around);
    case 'smoke':
      return smoke(options.stage, around);
    case 'rollback':
      return rollback(options, around);
    case 'destroy':
      return destroy(options, around);
  }
};

const deploy = async (options: DeployOptions, around: DeploySurroundings): Promise<Step> => {
  const assemblies = assembliesOf(around.projectDir, options.stage);
  const found = await preflight(options, assemblies.synthesized, around);
  around.say(`\n${renderFindings(found.findings, around.paint)}`);
  if (found.costs.length > 0) around.say(`\n${renderCosts(found.costs)}`);
  const isDry = options.order === 'dry-run';
  const obstacle = obstacleTo(found, isDry);
  if (obstacle !== undefined) {
    around.say(`\n${obstacle}`);
    return { exitCode: 1, preflight: found };
  }
  const hasDiff = await showDiff(found, assemblies.synthesized, around);
  if (isDry) around.say(`\nNothing was changed. ${describeUnknown(found.findings)}`);
  if (isDry || !hasDiff) return { exitCode: hasDiff ? 0 : 1, preflight: found };
  if (!(await isAgreed(options, `Deploy this to ${options.stage}?`, around)))
    return { exitCode: 1, preflight: found };
  await beginDeploy(assemblies);
  if (!(await deployFrom(assemblies.tried, around))) return { exitCode: 1, preflight: found };
  const tried = await smoke(options.stage, around);
  if (tried.exitCode === 0) await keepDeploy(assemblies);
  else around.say(`What ran before: npm run deploy -- --stage ${options.stage} --rollback`);
  return { ...tried, preflight: found };
};

/** Why nothing is deployed, if so. A dry run goes on without an account. */
const obstacleTo = ({ findings, hasAccount }: Preflight, isDry: boolean): string | undefined => {
  const refused = findings.filter(({ kind }) => kind === 'refused').map(({ check }) => check);
  if (refused.length > 0) return `Nothing was changed. Refused for: ${refused.join(', ')}.`;
  if (isDry || hasAccount) return undefined;
  return `Nothing was changed. There are no credentials: ${GET_CREDENTIALS}.`;
};

const describeUnknown = (findings: readonly Finding[]): string => {
  const unknown = findings.filter(({ kind }) => kind === 'unknown').map(({ check }) => check);
  return unknown.length === 0 ? '' : `Not looked at: ${[...unknown, 'diff'].join(', ')}.`;
};

/** Whether there is one, or no account to compare with. `cdk diff` reads and changes nothing. */
const showDiff = async (
  { hasAccount }: Preflight,
  assemblyDir: string,
  around: DeploySurroundings,
): Promise<boolean> => {
  if (!hasAccount) return true;
  around.say('\nComparing with what is deployed ...');
  const { code, output } = await askCdk(around, ['diff', '--app', assemblyDir, '--method', 'template']);
  around.say(output);
  return code === 0;
};
