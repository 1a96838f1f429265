import { readCommandLine } from '../lib/bench/options.ts';
import { runBench } from '../lib/bench/run-bench.ts';
import { runCommand } from '../lib/command-line.ts';

// `npm run bench`: how Relay does on this machine, against its goals.
await runCommand(readCommandLine(process.argv.slice(2)), (options, signal) =>
  runBench(options, { projectDir: process.cwd(), say: (line) => console.log(line), signal }),
);
