import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** What a command of this machine was asked to do. */
export type Asked<Options> =
  | { kind: 'run'; options: Options }
  | { kind: 'help'; text: string }
  | { kind: 'misused'; text: string };

/** 2 is what a shell expects of a command that was misused. */
const MISUSED = 2;

/** The flags that were given, or what is wrong with them in one sentence. */
export const parseFlags = <const Flags extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Flags,
) => {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
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
      process.exitCode = await carryOut(asked.options, stop.signal);
    }
  }
};
