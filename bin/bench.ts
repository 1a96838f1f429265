import { readInvocation } from '../lib/bench/options.ts';
import { runBench } from '../lib/bench/run-bench.ts';

// `npm run bench`: how Relay does on this machine, against its goals.
const invocation = readInvocation(process.argv.slice(2));
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
    process.exitCode = await runBench(invocation.options, {
      projectDir: process.cwd(),
      say: (line) => console.log(line),
      signal: stop.signal,
    });
  }
}
