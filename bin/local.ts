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
    const { options } = invocation;
    process.exitCode = await runLocal(
      { ...options, serve: options.serve || process.stdout.isTTY === true },
      { projectDir: process.cwd(), screen: process.stdout, variables: process.env, signal: stop.signal },
    );
  }
}
