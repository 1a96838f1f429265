import { type Asked, nearest, parseFlags } from '../command-line.ts';
import { type StageName, stageNames } from '../config.ts';

/** What `npm run deploy` is to do with a stage. */
export type Order = 'deploy' | 'dry-run' | 'smoke' | 'rollback' | 'destroy';

/** What `npm run deploy` was asked to do. */
export type DeployOptions = {
  stage: StageName;
  order: Order;
  /** Settings of the stage by name, as a deployer says them to the CDK: `-c name=value`. */
  context: Readonly<Record<string, string>>;
  /** Nobody is there who could answer questions. */
  isSure: boolean;
  jsonFile: string | undefined;
};

const flags = {
  stage: { type: 'string' },
  context: { type: 'string', short: 'c', multiple: true },
  'dry-run': { type: 'boolean', default: false },
  smoke: { type: 'boolean', default: false },
  rollback: { type: 'boolean', default: false },
  destroy: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  json: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const HELP = `Checks what a deploy needs, shows what it changes and costs, deploys, and tries every endpoint and lane.

  npm run deploy -- --stage staging                checks, diff, costs, a question, deploy, smoke test
  npm run deploy -- --stage staging --dry-run      all that changes nothing; without an account all that needs none
  npm run deploy -- --stage staging --smoke        the smoke test alone: all endpoints, one job per lane (a few tokens)
  npm run deploy -- --stage staging --rollback     what this machine deployed before, and that it was tried then
  npm run deploy -- --stage dev --destroy          deletes the stage, when its name has been typed once more
  npm run deploy -- --stage dev -c NAME=VALUE      a setting of the stage (may be repeated); or in cdk.json
  --yes                                            asks nothing, for machines
  --json FILE                                      writes what was found as JSON

Stages: ${stageNames.join(', ')} (local: --smoke alone, of what npm start has started). Credentials and region are those of
any AWS tool: AWS_PROFILE, AWS_REGION. Exit code 1 when something is refused or fails.
`;

/** Reads the command line of `npm run deploy`. */
export const readCommandLine = (args: readonly string[]): Asked<DeployOptions> => {
  const values = parseFlags(args, flags);
  if (typeof values === 'string') return misused(values);
  if (values.help) return { kind: 'help', text: HELP };
  const stage = stageNames.find((name) => name === values.stage);
  if (stage === undefined) return misused(describeStage(values.stage));
  const orders = (['dry-run', 'smoke', 'rollback', 'destroy'] as const).filter((order) => values[order]);
  const [order = 'deploy', second] = orders;
  if (second !== undefined) return misused(`--${order} and --${second}: choose one`);
  if (stage === 'local' && order !== 'smoke')
    return misused('--stage local runs with npm start; only --smoke is for it');
  const context = contextOf(values.context ?? []);
  if (context === undefined) return misused('-c takes NAME=VALUE, e.g. -c alarmEmail=oncall@example.com');
  if ('stage' in context) return misused('-c stage=...: say --stage instead');
  if (values.json === '') return misused('--json takes a path, e.g. --json deploy.json');
  return { kind: 'run', options: { stage, order, context, isSure: values.yes, jsonFile: values.json } };
};

const contextOf = (pairs: readonly string[]): Record<string, string> | undefined => {
  const read = pairs.map((pair) => /^(?<name>[^=]+)=(?<value>.*)$/s.exec(pair)?.groups);
  if (read.includes(undefined)) return undefined;
  return Object.fromEntries(read.map((groups) => [groups?.name, groups?.value]));
};

const describeStage = (given: string | undefined): string => {
  const choice = `choose one with --stage <${stageNames.join('|')}>`;
  return given === undefined ? choice : `--stage ${given}: did you mean ${nearest(given, stageNames)}?`;
};

const misused = (text: string): Asked<DeployOptions> => ({
  kind: 'misused',
  text: `${text} (see npm run deploy -- --help)`,
});
