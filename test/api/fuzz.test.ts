import { readFileSync } from 'node:fs';
import { CANARY, holdsCanary } from '../../lib/drill/api-fuzz/canary.ts';
import { runFuzz } from '../../lib/drill/api-fuzz/run-fuzz.ts';
import { type LocalRelay, startLocalRelay } from '../end-to-end/local-relay.ts';
import { tokenFrom } from './api-client.ts';

let relay: LocalRelay;
beforeAll(async () => {
  relay = await startLocalRelay(['--no-sample', '--instant']);
});
afterAll(() => relay.stop());

it('whatever is asked, answers are as the document says, and lines hold nothing of it', async () => {
  const report = await runFuzz({
    apiUrl: relay.endpoints.api,
    tokens: {
      one: await tokenFrom(relay, { tenant: CANARY }),
      other: await tokenFrom(relay, { tenant: `${CANARY}-other` }),
      scopeless: await tokenFrom(relay, { tenant: CANARY, scopes: ['none'] }),
      garbage: CANARY,
    },
    requests: 400,
    seed: 7,
    nowMs: Date.now(),
    signal: new AbortController().signal,
    say: () => undefined,
  });
  expect(report.faults).toEqual([]);
  expect(report).toMatchObject({ answers: 400, wrong: 0 });
  await relay.stop();
  const lines = readFileSync(relay.logFile, 'utf8').split('\n');
  expect(lines.filter((line) => line.includes('"message":"request"')).length).toBeGreaterThan(200);
  expect(lines.filter(holdsCanary)).toEqual([]);
  expect(relay.output().split('\n').filter(holdsCanary)).toEqual([]);
});
