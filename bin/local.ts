import { runCommand, Unusable } from '../lib/command-line.ts';
import { describeFailure } from '../lib/local/describe-failure.ts';
import { runLocal } from '../lib/local/local-run.ts';
import { readCommandLine } from '../lib/local/options.ts';

// `npm start`: the local cloud and a sample workload.
await runCommand(readCommandLine(process.argv.slice(2), process.env), async (asked, signal) => {
  const options = { ...asked, serve: asked.serve || process.stdout.isTTY === true };
  const around = { projectDir: process.cwd(), screen: process.stdout, variables: process.env, signal };
  try {
    return await runLocal(options, around);
  } catch (error) {
    if (error instanceof Unusable) throw error;
    console.error(`relay: ${describeFailure(error, options)}`);
    return 1;
  }
});
