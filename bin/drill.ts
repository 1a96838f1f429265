import { runCommand } from '../lib/command-line.ts';
import { drills } from '../lib/drill/drills.ts';
import { chosenOf, readCommandLine } from '../lib/drill/options.ts';
import { startRig } from '../lib/drill/rig/rig.ts';
import { runDrills } from '../lib/drill/run-drills.ts';

// `npm run drill`: faults on purpose, and what Relay does about them.
await runCommand(readCommandLine(process.argv.slice(2)), (options, signal) =>
  runDrills(chosenOf(drills, options), options, {
    projectDir: process.cwd(),
    say: (line) => console.log(line),
    signal,
    startRig,
    color: process.stdout.isTTY && !process.env.NO_COLOR,
  }),
);
