import { type Asked, parseFlags } from '../command-line.ts';
import { type StageName, stageNames, stages } from '../config.ts';
import { laneNames } from '../pipeline/job/lane.ts';
import { modelNames } from '../pipeline/model/model.ts';
import { sum } from '../sum.ts';
import type { Ask } from './ask.ts';

/** What `npm run plan` was asked to do. Tokens that are not given are those of the sample. */
export type PlanOptions =
  | {
      kind: 'plan';
      ask: Omit<Ask, 'nowMs' | 'inputTokens' | 'outputTokens'> & Tokens;
      jsonFile: string | undefined;
    }
  | { kind: 'calibrate'; seed: number }
  | { kind: 'validate'; seed: number; jsonFile: string | undefined };

type Tokens = { inputTokens: number | undefined; outputTokens: number | undefined };

const flags = {
  'jobs-per-second': { type: 'string' },
  mix: { type: 'string', default: 'critical=40,high=30,medium=20,low=10' },
  models: { type: 'string', default: 'gpt-5=20,gpt-5-mini=50,gpt-5-nano=30' },
  http: { type: 'string', default: '100' },
  'largest-tenant': { type: 'string', default: '25' },
  'input-tokens': { type: 'string' },
  'output-tokens': { type: 'string' },
  stage: { type: 'string', default: 'production' },
  seed: { type: 'string', default: '1' },
  json: { type: 'string' },
  calibrate: { type: 'boolean', default: false },
  validate: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const plannedStages = stageNames.filter((name) => name !== 'local');

const HELP = `Says what a load needs: places and waits of each lane from a simulation, the first limit that is met, what a month
costs, and what to change. docs/capacity.md says what that rests on.

  npm run plan -- --jobs-per-second N      from 0.01 (about 1,000 a day) to 100,000
      --mix critical=40,high=30,...        how jobs are spread over the lanes: weights, of whatever sum
      --models gpt-5=20,gpt-5-mini=50,...  and over the models
      --http PERCENT                       of the jobs that come over the HTTP API (default 100)
      --largest-tenant PERCENT             of the jobs that are of one tenant (default 25)
      --input-tokens N, --output-tokens N  of a job (default: those of the sample)
      --stage NAME                         whose configuration: ${plannedStages.join(', ')} (default production)
      --seed N                             other draws (default 1); the same seed gives the same answer
      --json FILE                          writes the answer as JSON

  npm run plan -- --validate               three runs of the built bundles on the local cloud, beside what is predicted of
                                           them; takes ten minutes; exit code 1 when one is off by more than 15 %
  npm run plan -- --calibrate              measures this machine anew and writes lib/plan/calibration.json
`;

/** Reads the command line of `npm run plan`. */
export const readCommandLine = (args: readonly string[]): Asked<PlanOptions> => {
  const values = parseFlags(args, flags);
  if (typeof values === 'string') return misused(values);
  if (values.help) return { kind: 'help', text: HELP };
  if (!/^\d{1,9}$/.test(values.seed)) return misused('--seed takes a whole number, e.g. --seed 7');
  if (values.json === '') return misused('--json takes a path, e.g. --json plan.json');
  const seed = Number(values.seed);
  if (values.calibrate && values.validate) return misused('--calibrate and --validate: one after the other');
  if (values.calibrate) return { kind: 'run', options: { kind: 'calibrate', seed } };
  if (values.validate) return { kind: 'run', options: { kind: 'validate', seed, jsonFile: values.json } };
  try {
    const ask = {
      jobsPerSecond: within('--jobs-per-second', values['jobs-per-second'] ?? '', 0.01, 100_000),
      lanes: sharesOf('--mix', laneNames, values.mix),
      models: sharesOf('--models', modelNames, values.models),
      httpShare: within('--http', values.http, 0, 100) / 100,
      largestTenantShare: within('--largest-tenant', values['largest-tenant'], 0, 100) / 100,
      inputTokens: tokens('--input-tokens', values['input-tokens']),
      outputTokens: tokens('--output-tokens', values['output-tokens']),
      config: stages[stageOf(values.stage)],
      seed,
    };
    return { kind: 'run', options: { kind: 'plan', ask, jsonFile: values.json } };
  } catch (error) {
    if (error instanceof Misused) return misused(error.message);
    throw error;
  }
};

class Misused extends Error {}

const misused = (text: string): Asked<PlanOptions> => ({
  kind: 'misused',
  text: `${text} (see npm run plan -- --help)`,
});

const within = (flag: string, text: string, least: number, most: number): number => {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= least && value <= most))
    throw new Misused(`${flag} takes a number from ${least} to ${most}`);
  return value;
};

const MOST_TOKENS = 1_000_000;

const tokens = (flag: string, text: string | undefined): number | undefined =>
  text === undefined ? undefined : within(flag, text, 1, MOST_TOKENS);

const stageOf = (name: string): StageName => {
  const stage = plannedStages.find((it) => it === name);
  if (stage === undefined) throw new Misused(`--stage takes ${plannedStages.join(', ')}`);
  return stage;
};

/** What comes more rarely is no load, and would be simulated for years. */
const LEAST_SHARE = 1e-6;

/** `one=3,other=1` to shares of one; who is not named has none. */
const sharesOf = <Name extends string>(
  flag: string,
  names: readonly Name[],
  text: string,
): Readonly<Record<Name, number>> => {
  const weights = text.split(',').map((part) => weightOf(flag, names, part));
  const given = new Map(weights);
  if (given.size < weights.length) throw new Misused(`${flag} names one of them twice`);
  const total = sum([...given.values()]);
  if (total === 0) throw new Misused(`${flag} has nothing in it`);
  const rare = weights.find(([, weight]) => weight > 0 && weight / total < LEAST_SHARE);
  if (rare !== undefined) throw new Misused(`${flag} ${rare[0]} is less than a millionth: leave it out`);
  return Object.fromEntries(names.map((name) => [name, (given.get(name) ?? 0) / total])) as Record<
    Name,
    number
  >;
};

const weightOf = <Name extends string>(
  flag: string,
  names: readonly Name[],
  part: string,
): [Name, number] => {
  const [given = '', weight = ''] = part.split('=').map((word) => word.trim());
  const name = names.find((it) => it === given);
  if (name === undefined) throw new Misused(`${flag} takes ${names.map((it) => `${it}=N`).join(',')}`);
  return [name, within(`${flag} ${name}`, weight, 0, 1e9)];
};
