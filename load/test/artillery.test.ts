// What only artillery itself can show: npm --prefix load test
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TestScript } from 'artillery';
import { scriptOf } from '../../lib/load/generator/artillery-script.ts';
import type { Assignment } from '../../lib/load/generator/assignment.ts';
import { type JournalLine, readLines } from '../../lib/load/generator/journal.ts';
import { readArtilleryReport } from '../../lib/load/run/artillery-report.ts';
import { runArtillery } from '../../lib/load/run/run-artillery.ts';
import type { Scenario } from '../scenario.ts';

const loadDir = join(import.meta.dirname, '..');

const scenario: Scenario = {
  name: 'test',
  question: 'Does artillery do as we think?',
  arrivals: { kind: 'closed', users: 3, rampSeconds: 1, staySeconds: 3 },
  behaviour: { kind: 'chat', messagesPerMinute: 60 },
  jobs: [{ lane: 'critical', model: 'gpt-5-nano' }],
  warmUpSeconds: 0,
  proofs: [],
};

/** Gives tokens and takes jobs; `onJob` may do otherwise. */
const serve = async (context: TestContext, onJob: RequestListener): Promise<string> => {
  let jobs = 0;
  const server = createServer((request, response) => {
    if (request.url === '/token') {
      response.end(JSON.stringify({ access_token: 'token', expires_in: 3_600 }));
      return;
    }
    jobs += 1;
    request.resume().on('end', () => {
      response.setHeader('x-job', `job-${jobs}`);
      onJob(request, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
};

const takesJobs: RequestListener = (_, response) => {
  response.statusCode = 202;
  response.end(JSON.stringify({ jobId: response.getHeader('x-job') }));
};

/** One run of artillery with our script, or a changed one. */
const run = async (
  context: TestContext,
  onJob: RequestListener,
  {
    change = (script) => script,
    signal = new AbortController().signal,
    followedBy = process.pid,
  }: Partial<Changes> = {},
) => {
  const url = await serve(context, onJob);
  const dir = await mkdtemp(join(tmpdir(), 'relay-load-test-'));
  context.after(() => rm(dir, { recursive: true, force: true }));
  const at = (name: string) => join(dir, name);
  const files = {
    script: at('script.json'),
    assignment: at('assignment.json'),
    report: at('report.json'),
    log: at('log'),
  };
  const target = { name: 'local', api: url, tokens: `${url}/token`, tenantId: 'load' } as const;
  const journalFile = at('journal.jsonl');
  const assignment: Assignment = { runId: 'test-1', target, scenario, journalFile, followedBy };
  const script: TestScript = scriptOf(scenario, { target: url, processor: join(loadDir, 'processor.mjs') });
  await writeFile(files.assignment, JSON.stringify(assignment));
  await writeFile(files.script, JSON.stringify(change(script)));
  const exit = await runArtillery({ loadDir, files, variables: process.env }, signal);
  const journal = readLines(await readFile(journalFile, 'utf8').catch(() => ''));
  const report = await readFile(files.report, 'utf8').then(readArtilleryReport, () => undefined);
  return { exit, journal, report };
};

type Changes = { change(script: TestScript): TestScript; signal: AbortSignal; followedBy: number };

const requestsIn = (journal: readonly JournalLine[]) => journal.filter((line) => line.kind === 'request');

test('as many users come as are asked for, each sends at its pace, and all of it is written down', async (context) => {
  const { exit, journal, report } = await run(context, takesJobs);
  assert.equal(exit, 0);
  assert.deepEqual(report, { users: 3, completed: 3, failed: 0, skipped: 0, errors: [] });
  assert.equal(journal.filter((line) => line.kind === 'user' && line.event === 'came').length, 3);
  assert.equal(journal.filter((line) => line.kind === 'user' && line.event === 'left').length, 3);
  assert.equal(requestsIn(journal).length, 9);
  assert.equal(new Set(journal.flatMap((line) => (line.kind === 'job' ? line.jobId : []))).size, 9);
  assert.ok(journal.some(({ kind }) => kind === 'lag'));
});

test('a target that breaks off every request loses no user: each goes on at its pace, and each failure counts', async (context) => {
  const { exit, journal, report } = await run(context, (request) => request.socket.destroy());
  assert.equal(exit, 0);
  assert.equal(report?.completed, 3);
  assert.equal(requestsIn(journal).length, 9);
  assert.deepEqual([...new Set(requestsIn(journal).map(({ outcome }) => outcome))], ['failed']);
});

test('a function that is not there is told of, though its users complete', async (context) => {
  const { exit, report } = await run(context, takesJobs, {
    change: (script) => ({ ...script, scenarios: [{ flow: [{ function: 'liv' }] }] }),
  });
  assert.equal(exit, 0);
  assert.equal(report?.completed, 3);
  assert.equal(report?.errors.length, 1);
});

test('users that maxVusers keeps out are told of', async (context) => {
  const { report } = await run(context, takesJobs, {
    change: (script) => ({
      ...script,
      config: { ...script.config, phases: [{ duration: 1, arrivalCount: 3, maxVusers: 1 }] },
    }),
  });
  assert.equal(report?.skipped, 2);
});

test('a generator whose run is followed by nobody ends, and sends no more', async (context) => {
  const { exit, journal } = await run(context, takesJobs, { followedBy: 0 });
  assert.equal(exit, null);
  assert.ok(requestsIn(journal).length < 9);
});

test('a run that is interrupted leaves its journal, though artillery writes no report', async (context) => {
  const stop = new AbortController();
  const { report, journal } = await run(
    context,
    (request, response) => {
      takesJobs(request, response);
      response.on('finish', () => stop.abort());
    },
    { signal: stop.signal },
  );
  assert.equal(report, undefined);
  assert.ok(journal.length > 0);
});
