import type { Rig, RigOptions } from './rig/rig.ts';

/** `ci` ends within five minutes, all drills together; `long` takes the sizes that the requirements name. */
export const profiles = ['ci', 'long'] as const;
export type Profile = (typeof profiles)[number];

/** One thing that was expected, and what was seen. `found` says it with the numbers. */
export type Finding = { expected: string; found: string; holds: boolean; alarm?: AlarmTimes };

/** How an alarm has fared in its drill, in seconds of metric time; `undefined` for what it did not come to. */
export type AlarmTimes = {
  name: string;
  description: string;
  secondsToAlarm: number | undefined;
  secondsToOk: number | undefined;
};

/** What a drill needs of the run that it is part of. */
export type DrillContext = {
  profile: Profile;
  seed: number;
  /** Aborts when the user wants to stop. */
  signal: AbortSignal;
  /** Progress of a drill that takes longer than two seconds. */
  say(line: string): void;
  /** Starts a local cloud and models of their own for this drill; they stop with it. */
  startRig(options?: RigOptions): Promise<Rig>;
};

/** A fault that is made to happen, and what Relay is to do about it. */
export type Drill = {
  name: string;
  /** What is made to go wrong, as a sentence. */
  fault: string;
  /** What waits more than it works runs beside the others; what compares times runs alone, after them. */
  pace: 'busy' | 'waiting' | 'alone';
  run(context: DrillContext): Promise<readonly Finding[]>;
};

/** A finding that compares a number with a bound that it must not pass. `why` is where the bound comes from. */
export const atMost = (what: string, value: number, bound: number, unit: string, why = ''): Finding => ({
  expected: `${what} <= ${bound} ${unit}${why && ` (${why})`}`,
  found: `${rounded(value)} ${unit}`,
  holds: value <= bound,
});

/** A finding that compares what is equal or not. */
export const equal = (what: string, value: unknown, wanted: unknown): Finding => ({
  expected: wanted === true ? what : `${what}: ${JSON.stringify(wanted)}`,
  found: wanted === true && typeof value === 'boolean' ? (value ? 'yes' : 'no') : JSON.stringify(value),
  holds: JSON.stringify(value) === JSON.stringify(wanted),
});

const rounded = (value: number): number => Math.round(value * 1000) / 1000;
