// `npm start` that is interrupted while it says how to interrupt it, before it waits for that. Ends with its exit code.
import { runLocal } from '../../lib/local/local-run.ts';
import { readCommandLine } from '../../lib/local/options.ts';

const asked = readCommandLine(['--no-sample', '--instant'], {
  RELAY_API_PORT: '0',
  RELAY_ISSUER_PORT: '0',
  RELAY_AWS_PORT: '0',
  RELAY_DYNAMODB_PORT: '0',
  RELAY_MODEL_PORT: '0',
  RELAY_CONTROL_PORT: '0',
});
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
