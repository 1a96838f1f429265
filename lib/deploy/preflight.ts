import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { ConfigurationError, type StageConfig } from '../config.ts';
import { configFor } from '../configure.ts';
import {
  type Account,
  bootstrapVerdict,
  concurrencyVerdict,
  regionVerdict,
  reservedBy,
} from './account-checks.ts';
import { type AskedStage, synthesize, type Workplace } from './cdk.ts';
import { type Finding, held, unknown, type Verdict } from './finding.ts';
import { type MonthlyCost, monthlyCosts } from './monthly-cost.ts';
import { secretChecks } from './secret-checks.ts';
import { stageFindings } from './stage-checks.ts';
import { readSynthesized, type Synthesized } from './template.ts';
import { templateProblems } from './template-problems.ts';

/** What a preflight works with. */
export type Surroundings = Workplace & {
  account: Account;
  /** The day of the deploy, in ms since 1970. */
  nowMs: number;
  /** Told of what takes more than two seconds. */
  say(line: string): void;
};

/** `hasAccount`: there are credentials, so what is deployed can be looked at. */
export type Preflight = { findings: Finding[]; costs: MonthlyCost[]; hasAccount: boolean };

/** All that can be known before a deploy: first of the stage by itself, then of the account. */
export const preflight = async (
  asked: AskedStage,
  assemblyDir: string,
  around: Surroundings,
): Promise<Preflight> => {
  const read = await readConfig(around.projectDir, asked);
  if (read.kind === 'refused')
    return { findings: [{ check: 'configuration', ...read }], costs: [], hasAccount: false };
  const config = read.value;
  const findings = stageFindings(config, around.nowMs);
  around.say(`Bundling the functions and synthesizing stage "${config.stage}" ...`);
  const templates = await templatesOf(asked, assemblyDir, around);
  findings.unshift({ check: 'configuration', ...held(`stage ${config.stage}`) });
  if (templates.kind === 'refused')
    return { findings: [...findings, { check: 'templates', ...templates }], costs: [], hasAccount: false };
  findings.push({ check: 'templates', ...held('lattice, validator, cdk-nag and references found nothing') });
  const { stacks, bootstrapVersion } = templates.synthesized;
  const bodies = stacks.map(({ template }) => template);
  around.say('Looking at the account ...');
  const account = await accountFindings(config, bootstrapVersion, around.account);
  return {
    findings: [...findings, ...account],
    costs: monthlyCosts(config, bodies, around.nowMs),
    hasAccount: account.some(({ check, kind }) => check === 'credentials' && kind === 'held'),
  };
};

const cdkJson = z.object({ context: z.record(z.string(), z.unknown()) });

/** As the app itself reads it; what is wrong with it names its own fix. */
export const readConfig = async (
  projectDir: string,
  { stage, context: given }: AskedStage,
): Promise<{ kind: 'read'; value: StageConfig } | { kind: 'refused'; found: string; fix: string }> => {
  const { context } = cdkJson.parse(JSON.parse(await readFile(join(projectDir, 'cdk.json'), 'utf8')));
  const all: Record<string, unknown> = { ...context, ...given, stage };
  try {
    return { kind: 'read', value: configFor((name) => all[name], Object.keys(all)) };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { kind: 'refused', found: 'cannot be used', fix: error.message };
  }
};

/** What was synthesized, unless something is against it. */
type Templates = { kind: 'good'; synthesized: Synthesized } | { kind: 'refused'; found: string; fix: string };

const templatesOf = async (
  asked: AskedStage,
  assemblyDir: string,
  around: Surroundings,
): Promise<Templates> => {
  const { code, output } = await synthesize(around, asked, assemblyDir);
  if (code !== 0) return { kind: 'refused', ...describeSynth(output) };
  const synthesized = await readSynthesized(assemblyDir);
  const [problem] = templateProblems(synthesized.stacks);
  if (problem === undefined) return { kind: 'good', synthesized };
  const [what = '', ...fix] = problem.split(/: (?=[^:]+$)/);
  return { kind: 'refused', found: what, fix: fix.join('') };
};

/** What contradicts itself in the stage says so, and how to mend it, in a sentence of ours. */
const describeSynth = (output: string) => {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const ours = lines.find((line) => line.startsWith('relay: '));
  return ours === undefined
    ? { found: lines.slice(0, 20).join('\n'), fix: 'mend what the synth has found' }
    : { found: 'cannot be synthesized', fix: ours.replace('relay: ', '') };
};

const accountFindings = async (
  config: StageConfig,
  bootstrapVersion: number,
  account: Account,
): Promise<Finding[]> => {
  const { functionNames } = reservedBy(config);
  const checks: [string, () => Promise<Verdict>][] = [
    [
      'bootstrap',
      async () => bootstrapVerdict(config.stage, bootstrapVersion, await account.bootstrapVersion()),
    ],
    ['concurrency', async () => concurrencyVerdict(config, await account.concurrency(functionNames))],
    ...secretChecks(config).map(({ check, name, verdict }): [string, () => Promise<Verdict>] => [
      check,
      async () => verdict(await account.secretText(name)),
    ]),
  ];
  const credentials = await credentialsVerdict(account);
  const look = (run: () => Promise<Verdict>) =>
    credentials.kind === 'held' ? known(run) : unknown('needs credentials');
  const verdicts = await Promise.all(checks.map(async ([check, run]) => ({ check, ...(await look(run)) })));
  const region = await known(async () => regionVerdict(config.stage, await account.region()));
  return [{ check: 'credentials', ...credentials }, { check: 'region', ...region }, ...verdicts];
};

const credentialsVerdict = async (account: Account): Promise<Verdict> => {
  const found = await known(async () => {
    const { accountId, region } = await account.identity();
    return held(`account ${accountId}, ${region}`);
  });
  return found.kind === 'unknown' ? unknown(`${found.why} (${GET_CREDENTIALS})`) : found;
};

/** How to get credentials. */
export const GET_CREDENTIALS = 'aws sso login, or set AWS_PROFILE and AWS_REGION';

/** What an account does not let its caller see is not known; that is no reason to see nothing else. */
const known = async (run: () => Promise<Verdict>): Promise<Verdict> => {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const [message = ''] = error.message.split('\n');
    return unknown(`${error.name}: ${message}`);
  }
};
