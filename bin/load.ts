import { runCommand } from '../lib/command-line.ts';
import { load } from '../lib/load/load.ts';
import { readCommandLine } from '../lib/load/options.ts';

// `npm run load`: virtual users against a Relay, and what they saw of it.
await runCommand(readCommandLine(process.argv.slice(2)), (options, signal) =>
  load(options, { projectDir: process.cwd(), variables: process.env, screen: process.stdout, signal }),
);
