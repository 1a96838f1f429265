import { describeFailure } from '../lib/local/describe-failure.ts';
import { runLocal } from '../lib/local/local-run.ts';
import { readInvocation } from '../lib/local/options.ts';

// `npm start`: the local cloud and a sample workload.
const invocation = readInvocation(process.argv.slice(2), process.env);
switch (invocation.kind) {
  case 'help':
    console.log(invocation.text);
    break;
  case 'misused':
    console.error(`relay: ${invocation.text}`);
    process.exitCode = 2;
    break;
  case 'run': {
    const stop = new AbortController();
    process.once('SIGINT', () => stop.abort());
    process.once('SIGTERM', () => stop.abort());
    const options = {
      ...invocation.options,
      serve: invocation.options.serve || process.stdout.isTTY === true,
    };
    const around = {
      projectDir: process.cwd(),
      screen: process.stdout,
      variables: process.env,
      signal: stop.signal,
    };
    try {
      process.exitCode = await runLocal(options, around);
    } catch (error) {
      console.error(`relay: ${describeFailure(error, options)}`);
      process.exitCode = 1;
    }
  }
}
