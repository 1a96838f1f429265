import { runCommand } from '../lib/command-line.ts';
import { readCommandLine } from '../lib/supply-chain/options.ts';
import { writeSboms } from '../lib/supply-chain/write-sboms.ts';

// `npm run sbom`: what of others ships in each bundle.
await runCommand(readCommandLine(process.argv.slice(2)), (options) =>
  writeSboms(options, { projectDir: process.cwd(), say: (line) => console.log(line) }),
);
