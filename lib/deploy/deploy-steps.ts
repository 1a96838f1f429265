import type { StageName } from '../config.ts';
import type { Paint } from '../terminal/terminal-color.ts';
import { showCdk } from './cdk.ts';
import type { Preflight, Surroundings } from './preflight.ts';
import { renderSmoke } from './render-preflight.ts';
import { type SmokeClients, type SmokeFinding, smokeTest } from './smoke-test.ts';

/** What a deploy works with. */
export type DeploySurroundings = Surroundings & {
  paint: Paint;
  /** What a person answers, or `undefined` when nobody is there. */
  ask(question: string): Promise<string | undefined>;
  clientsOf(stage: StageName): Promise<SmokeClients>;
};

/** What was done and found. */
export type Step = { exitCode: number; preflight?: Preflight; smoke?: SmokeFinding[] };

/** A person has agreed, or it was said beforehand. */
export const isAgreed = async (
  { isSure }: { isSure: boolean },
  question: string,
  { ask, say }: DeploySurroundings,
): Promise<boolean> => {
  if (isSure) return true;
  const answer = await ask(`${question} (yes/no) `);
  if (answer === 'yes') return true;
  say(
    answer === undefined
      ? 'Nothing was changed. Nobody is there to agree: --yes says so beforehand.'
      : 'Nothing was changed.',
  );
  return false;
};

/** Deploys all stacks of an assembly. What the CDK would ask about has been shown and agreed to. */
export const deployFrom = async (assemblyDir: string, around: DeploySurroundings): Promise<boolean> => {
  around.say('\nDeploying ...');
  const code = await showCdk(around, [
    'deploy',
    '--all',
    ...['--app', assemblyDir],
    ...['--require-approval', 'never'],
    ...['--progress', 'events'],
  ]);
  return code === 0;
};

/** Tries the deployed stage as its clients do. */
export const smoke = async (stage: StageName, around: DeploySurroundings): Promise<Step> => {
  around.say('\nTrying every endpoint, and a job in each lane ...');
  const findings = await smokeTest(await around.clientsOf(stage), stage, around.signal);
  around.say(renderSmoke(findings, around.paint));
  const failed = findings.filter(({ isGood }) => !isGood).length;
  around.say(
    failed === 0
      ? `\n${findings.length} of ${findings.length} hold.`
      : `\n${failed} of ${findings.length} do not hold.`,
  );
  return { exitCode: failed === 0 ? 0 : 1, smoke: findings };
};
