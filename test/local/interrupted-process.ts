// `npm start` that is interrupted while it says how to interrupt it, before it waits for that. Ends with its exit code.
import { runLocal } from '../../lib/local/local-run.ts';
import { readCommandLine } from '../../lib/local/options.ts';
import { ANY_PORT } from '../any-port.ts';

const asked = readCommandLine(['--no-sample', '--instant'], ANY_PORT);
if (asked.kind !== 'run') throw new Error(asked.text);
const user = new AbortController();
const screen = {
  write: (text: string) => {
    if (text.includes('Ctrl-C stops it')) user.abort();
  },
};
process.exitCode = await runLocal(asked.options, {
  projectDir: process.cwd(),
  screen,
  variables: {},
  signal: user.signal,
});
