import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { sampleJobs } from '../../lib/local/sample/conversations.ts';
import {
  allRows,
  eventually,
  type LocalRelay,
  type Row,
  scratchDir,
  startLocalRelay,
} from './local-relay.ts';

jest.setTimeout(600_000);

const dataDir = scratchDir('crash');
let relay: LocalRelay;
afterAll(async () => {
  await relay.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const billedCall = z.object({ traceId: z.string() });

const callsByTrace = (): Map<string, number> => {
  const calls = new Map<string, number>();
  for (const line of readFileSync(join(dataDir, 'model-usage.jsonl'), 'utf8').trim().split('\n')) {
    const { traceId } = billedCall.parse(JSON.parse(line));
    calls.set(traceId, (calls.get(traceId) ?? 0) + 1);
  }
  return calls;
};

const ended = (rows: Row[]) => rows.filter(({ status }) => status !== 'queued' && status !== 'running');

it('a run that was killed goes on where it was: every job ends, none twice', async () => {
  const sent = sampleJobs(1).length;
  relay = await startLocalRelay(['--data', dataDir]);
  const before = await eventually(async () => {
    const rows = await allRows(relay);
    return ended(rows).length >= 20 ? rows : undefined;
  });
  expect(ended(before).length).toBeLessThan(sent);
  await relay.stop('SIGKILL');

  relay = await startLocalRelay(['--data', dataDir, '--serve', '--instant']);
  const after = await eventually(async () => {
    const rows = ended(await allRows(relay));
    return rows.length === sent ? rows : undefined;
  });
  expect(after.filter(({ status }) => status !== 'succeeded')).toEqual([]);

  // What had ended before the kill has not been touched since.
  const rowsAfter = new Map(after.map((row) => [row.jobId, row]));
  for (const row of ended(before)) expect(rowsAfter.get(row.jobId)).toEqual(row);

  // A call in flight at the kill may have been billed without its answer being stored; nothing else is paid twice.
  const calls = callsByTrace();
  expect(calls.size).toBe(sent);
  const paidTwice = after.filter(({ traceId }) => (calls.get(String(traceId)) ?? 0) > 1);
  const endedBefore = new Set(ended(before).map(({ jobId }) => jobId));
  expect(paidTwice.filter(({ jobId }) => endedBefore.has(jobId))).toEqual([]);
});
