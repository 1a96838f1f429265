import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { batchResult, cancellation, job, jobPage } from '../../lib/api/schemas/job.ts';
import { aMessage } from '../builders.ts';
import { type Ask, ask, read, tokenFrom } from './api-client.ts';

const ready = z.object({ endpoints: z.object({ api: z.string(), tokens: z.string() }) });
const counted = z.object({ calls: z.array(z.string()) });

const workDir = mkdtempSync(join(tmpdir(), 'relay-calls-'));
let cloud: ChildProcess;
let here: z.output<typeof ready>;
let token: string;

const said = async () => (await once(cloud, 'message'))[0];

beforeAll(async () => {
  cloud = fork(join(__dirname, 'counted-cloud.ts'), [workDir]);
  here = ready.parse(await said());
  token = await tokenFrom(here, { tenant: 't-calls' });
  await asked({ method: 'GET', path: '/v1/health' });
});

afterAll(async () => {
  cloud.disconnect();
  await once(cloud, 'exit');
  rmSync(workDir, { recursive: true });
});

const asked = (request: Ask) => ask(here, request, token);

/** The AWS calls of the API's function since this was last asked. */
const calls = async (): Promise<string[]> => {
  cloud.send('calls');
  return counted.parse(await said()).calls;
};

const { tenantId: _itsOwn, ...order } = aMessage();

const submitting = (key: string): Ask => ({
  method: 'POST',
  path: '/v1/jobs',
  body: order,
  headers: { 'idempotency-key': key },
});

/** The keys of the job's persons, all of them known. */
const KEYS = 'dynamodb BatchGetItem';
const ENTER = 'dynamodb PutItem';
const WRITE = 'dynamodb UpdateItem';
const READ = 'dynamodb GetItem';
const SEND = 'sqs SendMessage';
const TELL = 'sns PublishBatch';

it('the first job of a tenant costs a key of its own and one for each person', async () => {
  read(await asked(submitting(randomUUID())), 202, job);
  expect(await calls()).toEqual([KEYS, 'kms GenerateDataKey', WRITE, KEYS, WRITE, WRITE, ENTER, SEND]);
});

it('a submit costs three AWS calls, a repeated one as many until somebody has the job, and two after its end', async () => {
  const key = randomUUID();
  const { jobId } = read(await asked(submitting(key)), 202, job);
  expect(await calls()).toEqual([KEYS, ENTER, SEND]);
  read(await asked(submitting(key)), 202, job);
  expect(await calls()).toEqual([KEYS, ENTER, SEND]);
  read(await asked({ method: 'DELETE', path: `/v1/jobs/${jobId}` }), 200, cancellation);
  expect(await calls()).toEqual([WRITE, TELL]);
  read(await asked(submitting(key)), 200, job);
  expect(await calls()).toEqual([KEYS, ENTER]);
  expect((await asked({ ...submitting(key), body: { ...order, mode: 'auto' } })).status).toBe(409);
  expect(await calls()).toEqual([KEYS, ENTER]);
});

it('a submit without a name costs three AWS calls', async () => {
  read(await asked({ method: 'POST', path: '/v1/jobs', body: order }), 202, job);
  expect((await calls()).toSorted()).toEqual([KEYS, ENTER, SEND]);
});

it('a job of a batch costs three AWS calls', async () => {
  const jobs = [order, order, order];
  read(await asked({ method: 'POST', path: '/v1/jobs/batch', body: { jobs } }), 200, batchResult);
  expect((await calls()).toSorted()).toEqual([
    ...jobs.map(() => KEYS),
    ...jobs.map(() => ENTER),
    ...jobs.map(() => SEND),
  ]);
});

it('a read of a job without an answer costs one AWS call, a page one, and what is refused none', async () => {
  const { jobId } = read(await asked(submitting(randomUUID())), 202, job);
  await calls();
  read(await asked({ method: 'GET', path: `/v1/jobs/${jobId}` }), 200, job);
  expect(await calls()).toEqual([READ]);
  read(await asked({ method: 'GET', path: '/v1/jobs' }), 200, jobPage);
  expect(await calls()).toEqual(['dynamodb Query']);
  await asked({ method: 'POST', path: '/v1/jobs', body: { ...order, surprise: 1 } });
  await asked({ method: 'GET', path: '/v1/jobs/a%20b' });
  await ask(here, { method: 'GET', path: '/v1/jobs' });
  expect(await calls()).toEqual([]);
});
