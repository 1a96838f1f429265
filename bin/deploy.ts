import { createInterface } from 'node:readline/promises';
import { runCommand } from '../lib/command-line.ts';
import { awsAccount } from '../lib/deploy/aws-account.ts';
import { readCommandLine } from '../lib/deploy/options.ts';
import { runDeploy } from '../lib/deploy/run-deploy.ts';
import { clientsOf } from '../lib/deploy/stage-clients.ts';
import { painter, wantsColor } from '../lib/terminal/terminal-color.ts';

// `npm run deploy`: checks what a stage needs, deploys it, and tries it; takes it back, or away.
await runCommand(readCommandLine(process.argv.slice(2)), (options, signal) =>
  runDeploy(options, {
    projectDir: process.cwd(),
    signal,
    account: awsAccount(),
    nowMs: Date.now(),
    say: (line) => console.log(line),
    paint: painter(wantsColor(process.stdout, process.env)),
    clientsOf: (stage) => clientsOf(stage, process.env),
    ask: async (question) => {
      if (process.stdin.isTTY !== true) return undefined;
      const person = createInterface({ input: process.stdin, output: process.stdout });
      return person.question(question, { signal }).finally(() => person.close());
    },
  }),
);
