import * as z from 'zod';
import { type Asked, parseFlags } from '../command-line.ts';
import { alarmDrills } from './alarms/alarm-drills.ts';
import { type Profile, profiles } from './drill.ts';
import { drills } from './drills.ts';

/** What `npm run drill` was asked to do. Without a name, every drill runs. */
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

  npm run drill                        every drill, in sizes that end within five minutes together
  npm run drill -- --only NAME         one drill (may be repeated)
  npm run drill -- --alarms            drives every alarm to ALARM and back, and lists them with their impact
  npm run drill -- --profile long      the sizes that the requirements name; about half an hour
  npm run drill -- --seed N            other draws (default 1); the same seed makes the same faults
  npm run drill -- --json FILE         writes what was expected and found as JSON

${drills.map(({ name, fault }) => `  ${name.padEnd(22)} ${fault}`).join('\n')}

Exit code 1 when a drill does not hold.
`;

const options = z.object({
  only: z
    .array(z.string().refine((name) => drills.some((drill) => drill.name === name), 'there is no such drill'))
    .default([]),
  profile: z.enum(profiles),
  seed: z.coerce
    .number()
    .int()
    .min(0)
    .max(2 ** 31),
});

/** Reads the command line of `npm run drill`. */
export const readCommandLine = (args: readonly string[]): Asked<DrillOptions> => {
  const values = parseFlags(args, flags);
  if (typeof values === 'string') return misused(values);
  if (values.help) return { kind: 'help', text: help() };
  const given = options.safeParse(values);
  if (given.success) {
    const only = values.alarms ? alarmDrills.map(({ name }) => name) : given.data.only;
    return { kind: 'run', options: { ...given.data, only, jsonFile: values.json, alarms: values.alarms } };
  }
  const [issue] = given.error.issues;
  return misused(`--${issue?.path[0]?.toString()}: ${issue?.message}`);
};

const misused = (text: string): Asked<DrillOptions> => ({
  kind: 'misused',
  text: `${text} (see npm run drill -- --help)`,
});
