import { runCommand } from '../lib/command-line.ts';
import { look } from '../lib/local/look.ts';
import { readCommandLine } from '../lib/local/look-command.ts';

// `npm run look`: what a Relay on this machine has, for those without the AWS CLI.
await runCommand(readCommandLine(process.argv.slice(2), process.env), async (options) => {
  console.log(await look(options));
  return 0;
});
