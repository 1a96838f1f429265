import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../lib/command-line.ts';
import { drills } from '../lib/drill/drills.ts';
import { chosenOf, readCommandLine } from '../lib/drill/options.ts';
import { createNeighbourhood } from '../lib/drill/rig/neighbours.ts';
import { createStartRig } from '../lib/drill/rig/rig.ts';
import { runDrills } from '../lib/drill/run-drills.ts';

// `npm run drill`: faults on purpose, and what Relay does about them.
await runCommand(readCommandLine(process.argv.slice(2)), async (options, signal) => {
  const projectDir = process.cwd();
  const assembliesDir = join(projectDir, '.relay', `process-${process.pid}`);
  try {
    return await runDrills(chosenOf(drills, options), options, {
      projectDir,
      say: (line) => console.log(line),
      signal,
      startRig: createStartRig(createNeighbourhood(projectDir, assembliesDir)),
      color: process.stdout.isTTY && !process.env.NO_COLOR,
    });
  } finally {
    await rm(assembliesDir, { recursive: true, force: true });
  }
});
