import { readInvocation } from '../lib/drill/options.ts';
import { runDrills } from '../lib/drill/run-drills.ts';

// `npm run drill`: faults on purpose, and what Relay does about them.
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
    process.exitCode = await runDrills(invocation.options, {
      projectDir: process.cwd(),
      say: (line) => console.log(line),
      signal: stop.signal,
      color: process.stdout.isTTY && !process.env.NO_COLOR,
    });
  }
}
