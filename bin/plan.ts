import { runCommand } from '../lib/command-line.ts';
import { readCommandLine } from '../lib/plan/options.ts';
import { runPlan } from '../lib/plan/run-plan.ts';

// `npm run plan`: what a load needs, costs and meets first.
await runCommand(readCommandLine(process.argv.slice(2)), (options, signal) =>
  runPlan(options, {
    projectDir: process.cwd(),
    say: (line) => console.log(line),
    signal,
    nowMs: Date.now(),
    elapsedMs: () => performance.now(),
  }),
);
