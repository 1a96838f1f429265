import { runCommand } from '../lib/command-line.ts';
import { readCommandLine } from '../lib/privacy/options.ts';
import { runPrivacy } from '../lib/privacy/run-privacy.ts';

// `npm run privacy`: the documents under docs/privacy, and what a controller does with them.
await runCommand(readCommandLine(process.argv.slice(2)), (options) =>
  runPrivacy(options, (line) => console.log(line)),
);
