import * as z from 'zod';
import type { Scenario } from '../../load/scenario.ts';
import { scaled } from '../../load/scenario.ts';
import { scenarioNames, scenarios } from '../../load/scenarios.ts';
import { type Asked, nearest, parseFlags } from '../command-line.ts';
import { type TargetName, targetNames } from './run/target.ts';

/** What `npm run load` was asked to do. */
export type LoadOptions =
  | {
      kind: 'run';
      scenario: Scenario;
      target: TargetName;
      scale: number;
      /** What models may cost, in US dollars. */
      mostUsd: number;
      jsonFile: string | undefined;
    }
  | { kind: 'prove'; jsonFile: undefined }
  | { kind: 'compare'; before: string; after: string; jsonFile: string | undefined };

const flags = {
  target: { type: 'string', default: 'local' },
  scale: { type: 'string', default: '1' },
  'spend-at-most': { type: 'string' },
  'i-mean-it': { type: 'boolean', default: false },
  json: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** What a run may cost where nothing else is said, in US dollars. Models of this machine cost nothing real. */
const MOST_USD = { local: 1_000, staging: 5 };

const help = (): string => `Load runs: virtual users of artillery against a Relay, judged by its objectives.

  npm run load -- NAME                     one run; its report is load/results/RUN/report.html
  npm run load -- compare RUN_A RUN_B      what B does better or worse than A, and whether that is noise
  npm run load -- prove                    breaks a promise in each of nine runs, which must notice it (local; 20 min)
  npm run load -- NAME --scale 0.2         as many users for a fifth of the time (0.05 to 10)
  npm run load -- NAME --target staging    another target than the local cloud: RELAY_API_URL and RELAY_TOKEN_URL say
                                           where, RELAY_CLIENT_ID and _SECRET as whom, and
                                           RELAY_OPERATIONS_CLIENT_ID and _SECRET who looks at the lanes
  npm run load -- NAME --target production --i-mean-it --spend-at-most USD
  npm run load -- NAME --json FILE         writes the result as JSON, too

${scenarios.map(({ name, question }) => `  ${name.padEnd(14)} ${question}`).join('\n')}

Against the local cloud that is up (npm start -- --no-sample), at the ports of RELAY_API_PORT, RELAY_ISSUER_PORT,
RELAY_AWS_PORT and RELAY_MODEL_PORT; when none is, the run starts one of its own. The first run installs load/ by itself.
Exit code 0: the objectives are met; 1: one is not, which is named; 3: the run cannot be believed, and why; 130: interrupted.
What each run costs in tokens, and where a k6 user finds things: docs/load.md
`;

/** Reads the command line of `npm run load`. */
export const readCommandLine = (args: readonly string[]): Asked<LoadOptions> => {
  const { words, rest } = split(args);
  const values = parseFlags(rest, flags);
  if (typeof values === 'string') return misused(values);
  if (values.help) return { kind: 'help', text: help() };
  const [name, ...others] = words;
  if (name === undefined) return misused(`say which run: ${scenarioNames.join(', ')}, prove or compare`);
  const flagsGiven = rest.filter((word) => word.startsWith('--'));
  if (name === 'prove') return proveOf(others, flagsGiven);
  if (name === 'compare') return compareOf(others, values.json, flagsGiven);
  if (others.length > 0) return misused(`one run at a time: ${words.join(', ')}`);
  return runOf(name, values);
};

/** Words that are no flags and no values of flags. */
const split = (args: readonly string[]) => {
  const takesValue = (word: string | undefined) =>
    Object.entries(flags).some(([name, { type }]) => type === 'string' && word === `--${name}`);
  const isFlag = (word: string, index: number) => word.startsWith('-') || takesValue(args[index - 1]);
  return { words: args.filter((word, index) => !isFlag(word, index)), rest: args.filter(isFlag) };
};

const proveOf = (others: readonly string[], flagsGiven: readonly string[]): Asked<LoadOptions> =>
  others.length + flagsGiven.length > 0
    ? misused('prove takes nothing: its runs are what they are')
    : { kind: 'run', options: { kind: 'prove', jsonFile: undefined } };

const compareOf = (
  [before, after, more]: readonly string[],
  jsonFile: string | undefined,
  flagsGiven: readonly string[],
): Asked<LoadOptions> =>
  before === undefined ||
  after === undefined ||
  more !== undefined ||
  flagsGiven.some((flag) => !flag.startsWith('--json'))
    ? misused('compare takes two runs, their names, folders or JSON files, and --json')
    : { kind: 'run', options: { kind: 'compare', before, after, jsonFile } };

type Given = {
  target: string;
  scale: string;
  'spend-at-most'?: string | undefined;
  'i-mean-it': boolean;
  json?: string | undefined;
};

const scaleSchema = z.coerce.number().min(0.05).max(10);
const dollars = z.coerce.number().positive();
const targetSchema = z.enum(targetNames);

const runOf = (name: string, given: Given): Asked<LoadOptions> => {
  const scenario = scenarios.find((it) => it.name === name);
  if (scenario === undefined)
    return misused(`there is no run "${name}"; did you mean ${nearest(name, scenarioNames)}?`);
  const target = targetSchema.safeParse(given.target);
  if (!target.success) return misused(`--target takes one of ${targetNames.join(', ')}`);
  const scale = scaleSchema.safeParse(given.scale);
  if (!scale.success) return misused('--scale takes a number from 0.05 to 10, e.g. --scale 0.2');
  const mostUsd = mostUsdOf(target.data, given);
  if (typeof mostUsd === 'string') return misused(mostUsd);
  const needsModels = scenario.faults !== undefined || scenario.models !== undefined;
  if (needsModels && target.data !== 'local')
    return misused(`${name} makes models fail, or answer at once: it runs against the local cloud alone`);
  return {
    kind: 'run',
    options: {
      kind: 'run',
      scenario: scaled(scenario, scale.data),
      target: target.data,
      scale: scale.data,
      mostUsd,
      jsonFile: given.json,
    },
  };
};

/** Production is hit by nobody who has not said so twice, and what it may cost. */
const mostUsdOf = (target: TargetName, given: Given): number | string => {
  const cap = dollars.optional().safeParse(given['spend-at-most']);
  if (!cap.success) return '--spend-at-most takes US dollars, e.g. --spend-at-most 2.50';
  if (target !== 'production') return cap.data ?? MOST_USD[target];
  if (!given['i-mean-it']) return 'production is where people are: say --i-mean-it as well';
  return cap.data ?? 'production costs real money: say how much it may be, e.g. --spend-at-most 2.50';
};

const misused = (text: string): Asked<LoadOptions> => ({
  kind: 'misused',
  text: `${text} (see npm run load -- --help)`,
});
