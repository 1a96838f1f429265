import { existsSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** What a command of this machine was asked to do. */
export type Asked<Options> =
  | { kind: 'run'; options: Options }
  | { kind: 'help'; text: string }
  | { kind: 'misused'; text: string };

/** What a shell expects of a command that was misused, and of one that Ctrl-C has ended. */
const MISUSED = 2;
const INTERRUPTED = 130;

/** What the user gave cannot be used; the message is one line, with the way out. */
export class Unusable extends Error {}

/** Fails before the work and not after it, and leaves nothing behind and nothing changed. */
export const mustBeWritable = async (file: string): Promise<void> => {
  const isNew = !existsSync(file);
  try {
    await (await open(file, 'a')).close();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Unusable(`${why}: choose a file that can be written, --json FILE`);
  }
  if (isNew) await rm(file);
};

/** The flags that were given, or what is wrong with them in one sentence. */
export const parseFlags = <const Flags extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Flags,
) => {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    // of several lines, where a value begins with a dash
    return (error instanceof Error ? error.message : String(error)).replaceAll('\n', ' ');
  }
};

/** Carries out what was asked, until the user interrupts it; its exit code becomes the process's. */
export const runCommand = async <Options>(
  asked: Asked<Options>,
  carryOut: (options: Options, signal: AbortSignal) => Promise<number>,
): Promise<void> => {
  switch (asked.kind) {
    case 'help':
      process.stdout.write(`${asked.text}\n`);
      break;
    case 'misused':
      process.stderr.write(`relay: ${asked.text}\n`);
      process.exitCode = MISUSED;
      break;
    case 'run': {
      const stop = new AbortController();
      process.once('SIGINT', () => stop.abort());
      process.once('SIGTERM', () => stop.abort());
      process.exitCode = await exitCodeOf(carryOut(asked.options, stop.signal), stop.signal);
    }
  }
};

/** What fails because the user interrupted it has not failed. */
export const exitCodeOf = async (work: Promise<number>, signal: AbortSignal): Promise<number> => {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted) {
      process.stderr.write('relay: interrupted\n');
      return INTERRUPTED;
    }
    if (!(error instanceof Unusable)) throw error;
    process.stderr.write(`relay: ${error.message}\n`);
    return MISUSED;
  }
};

/** The one of some words that has most in common with a word: pairs of letters that follow each other. */
export const nearest = (word: string, words: readonly string[]): string | undefined => {
  const pairs = pairsOf(word);
  const likeness = (other: string): number => {
    const others = pairsOf(other);
    return (2 * [...pairs].filter((pair) => others.has(pair)).length) / (pairs.size + others.size);
  };
  return words.toSorted((one, other) => likeness(other) - likeness(one))[0];
};

const pairsOf = (word: string): Set<string> => {
  const padded = ` ${word.toLowerCase()} `;
  return new Set(Array.from({ length: padded.length - 1 }, (_, at) => padded.slice(at, at + 2)));
};
