import { runCommand } from '../lib/command-line.ts';
import { readCommandLine } from '../lib/drill/options.ts';
import { runDrills } from '../lib/drill/run-drills.ts';

// `npm run drill`: faults on purpose, and what Relay does about them.
await runCommand(readCommandLine(process.argv.slice(2)), (options, signal) =>
  runDrills(options, {
    projectDir: process.cwd(),
    say: (line) => console.log(line),
    signal,
    color: process.stdout.isTTY && !process.env.NO_COLOR,
  }),
);
