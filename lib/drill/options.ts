import { type Asked, nearest, parseFlags } from '../command-line.ts';
import { alarmDrills } from './alarms/alarm-drills.ts';
import { type Drill, type Profile, profiles } from './drill.ts';
import { drills } from './drills.ts';

/** What `npm run drill` was asked to do. Without a name, every drill but the alarms' runs. */
export type DrillOptions = {
  only: readonly string[];
  profile: Profile;
  seed: number;
  jsonFile: string | undefined;
  /** The alarms' drills alone, with a list of all alarms at the end. */
  alarms: boolean;
};

const flags = {
  alarms: { type: 'boolean', default: false },
  json: { type: 'string' },
  only: { type: 'string', multiple: true },
  profile: { type: 'string', default: 'ci' },
  seed: { type: 'string', default: '1' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const help =
  (): string => `Makes things go wrong, and shows that Relay holds. Each drill has a local cloud and models of its own.

  npm run drill                        every drill but the alarms', in sizes that end within five minutes together
  npm run drill -- --only NAME         one drill (may be repeated)
  npm run drill -- --alarms            drives every alarm to ALARM and back, and lists them with their impact
  npm run drill -- --profile long      the sizes that the requirements name; about half an hour
  npm run drill -- --seed N            other draws (default 1); the same seed makes the same faults
  npm run drill -- --json FILE         writes what was expected and found as JSON

${drills.map(({ name, fault }) => `  ${name.padEnd(22)} ${fault}`).join('\n')}

A drill that does not hold beside others is carried out once more, alone, and that counts. What its functions printed
stays in .relay/drill-NAME-*, which may be deleted at any time. Exit code 1 when a drill does not hold.
`;

/** The drills that were asked for, in their own order. */
export const chosenOf = (all: readonly Drill[], { only }: DrillOptions): readonly Drill[] =>
  all.filter((drill) => (only.length === 0 ? !alarmDrills.includes(drill) : only.includes(drill.name)));

/** Reads the command line of `npm run drill`. */
export const readCommandLine = (args: readonly string[]): Asked<DrillOptions> => {
  const values = parseFlags(args, flags);
  if (typeof values === 'string') return misused(values);
  if (values.help) return { kind: 'help', text: help() };
  const { alarms, json, only = [], seed } = values;
  const names = drills.map(({ name }) => name);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined)
    return misused(`--only: there is no drill "${unknown}"; did you mean ${nearest(unknown, names)}?`);
  const profile = profiles.find((name) => name === values.profile);
  if (profile === undefined) return misused(`--profile takes ${profiles.join(' or ')}`);
  if (!/^\d{1,9}$/.test(seed)) return misused('--seed takes a whole number, e.g. --seed 7');
  if (json === '') return misused('--json takes a path, e.g. --json drills.json');
  const chosen = alarms && only.length === 0 ? alarmDrills.map(({ name }) => name) : only;
  return {
    kind: 'run',
    options: { only: chosen, profile, seed: Number(seed), jsonFile: json, alarms },
  };
};

const misused = (text: string): Asked<DrillOptions> => ({
  kind: 'misused',
  text: `${text} (see npm run drill -- --help)`,
});
