import { readFileSync, rmSync } from 'node:fs';
import {
  endedRow,
  type LocalRelay,
  messageFromNewCreator,
  scratchDir,
  send,
  startLocalRelay,
} from './local-relay.ts';

const dataDir = scratchDir('second-start');
const start = () => startLocalRelay(['--data', dataDir, '--no-sample', '--instant']);
let relay: LocalRelay;
afterAll(async () => {
  await relay.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

it('a second start in the same directory is refused, and leaves the first one whole', async () => {
  relay = await start();
  await send(relay, 'critical', messageFromNewCreator({ jobId: 'job-1' }));
  await endedRow(relay, 'job-1');
  await expect(start()).rejects.toThrow(/ended with 2:.*another Relay is running in/s);
  // A lane that has no environment yet loads its bundle now.
  await send(relay, 'low', messageFromNewCreator({ jobId: 'job-2', priority: 'low' }));
  expect(await endedRow(relay, 'job-2')).toMatchObject({ status: 'succeeded' });
  await relay.stop();
  relay = await start();
  expect(readFileSync(relay.logFile, 'utf8')).toContain('"message":"job ended"');
});
