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

const asked = (request: Ask, as = token) => ask(here, request, as);

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

/** The keys of all persons of a submit. */
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

it('a submit about whom the environment knows costs two AWS calls, a repeated one as many until somebody has the job, and one after its end', async () => {
  const key = randomUUID();
  const { jobId } = read(await asked(submitting(key)), 202, job);
  expect(await calls()).toEqual([ENTER, SEND]);
  read(await asked(submitting(key)), 202, job);
  expect(await calls()).toEqual([ENTER, SEND]);
  read(await asked({ method: 'DELETE', path: `/v1/jobs/${jobId}` }), 200, cancellation);
  expect(await calls()).toEqual([WRITE, TELL]);
  read(await asked(submitting(key)), 200, job);
  expect(await calls()).toEqual([ENTER]);
  expect((await asked({ ...submitting(key), body: { ...order, mode: 'auto' } })).status).toBe(409);
  expect(await calls()).toEqual([ENTER]);
});

it('a submit without a name costs two AWS calls', async () => {
  read(await asked({ method: 'POST', path: '/v1/jobs', body: order }), 202, job);
  expect((await calls()).toSorted()).toEqual([ENTER, SEND]);
});

it('a person whom nobody has met costs a read and a key, once', async () => {
  const body = { ...order, subjectRefs: ['fan_new'] };
  read(await asked({ method: 'POST', path: '/v1/jobs', body }), 202, job);
  expect((await calls()).toSorted()).toEqual([KEYS, ENTER, WRITE, SEND]);
  read(await asked({ method: 'POST', path: '/v1/jobs', body }), 202, job);
  expect((await calls()).toSorted()).toEqual([ENTER, SEND]);
});

it('a job of a batch costs two AWS calls, and all new persons of a batch one read and a key each', async () => {
  const another = await tokenFrom(here, { tenant: 't-batches' }); // each tenant has ten submits a minute unasked
  const submitAll = async (jobs: object[]) => {
    read(await asked({ method: 'POST', path: '/v1/jobs/batch', body: { jobs } }, another), 200, batchResult);
    return (await calls()).toSorted();
  };
  await submitAll([order]);
  const known = [order, order, order];
  expect(await submitAll(known)).toEqual([...known.map(() => ENTER), ...known.map(() => SEND)]);
  const anew = ['fan_1', 'fan_2', 'fan_2'].map((fan) => ({ ...order, subjectRefs: [fan] }));
  expect(await submitAll(anew)).toEqual([
    KEYS,
    ...anew.map(() => ENTER),
    ...['fan_1', 'fan_2'].map(() => WRITE),
    ...anew.map(() => SEND),
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
