import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { problemSchema, problems } from '../../lib/api/problem.ts';
import type { Routes } from '../../lib/api/routes.ts';
import { batchResult, cancellation, job, jobPage, type SubmittedJob } from '../../lib/api/schemas/job.ts';
import { eventually } from '../end-to-end/local-relay.ts';
import { type Ask, expectProblem, read, tellable } from './api-client.ts';
import type { RowSpec, World } from './case-matrix.ts';

type JobRoute = Extract<keyof Routes, `${string}Job` | `${string}Jobs`>;

/** A model that takes calls and says nothing, as the world of the matrix is set up. */
const SILENT_MODEL = 'claude';

const order = (changes: Partial<SubmittedJob> = {}): Record<string, unknown> => ({
  creatorId: `creator-${randomUUID()}`,
  subjectRefs: ['fan_0a1b'],
  priority: 'critical',
  model: 'gpt-5-nano',
  input: { messages: [{ role: 'user', content: 'Bonjour !' }] },
  ...changes,
});

const submission = (body: unknown, headers: Record<string, string> = {}, query = ''): Ask => ({
  method: 'POST',
  path: `/v1/jobs${query}`,
  body,
  headers,
});

const jobAt = (jobId: string, query = ''): Ask => ({ method: 'GET', path: `/v1/jobs/${jobId}${query}` });
const canceling = (jobId: string): Ask => ({ method: 'DELETE', path: `/v1/jobs/${jobId}` });
const retrying = (jobId: string): Ask => ({ method: 'POST', path: `/v1/jobs/${jobId}/retry` });

/** A job that has ended, by default with an answer. */
const endedJob = async (world: World, changes: Partial<SubmittedJob> = {}) =>
  read(await world.ask(submission(order(changes), {}, '?wait=25')), 200, job);

const answeredId = async (world: World): Promise<string> => (await endedJob(world)).jobId;

/** A job that ends without an answer: nobody whom it allows is there. */
const failedJob = (world: World) =>
  endedJob(world, { allowedProcessors: ['azure-openai'], options: { defaultAnswer: false } });

/** A job that stays open while its model is silent. */
const openJob = async (world: World) =>
  read(await world.ask(submission(order({ model: SILENT_MODEL, priority: 'low' }))), 202, job);

const unknownId = async (world: World, askFor: (id: string) => Ask) =>
  expectProblem(await world.ask(askFor(randomUUID())), 'not-found');

const badId = async (world: World, askFor: (id: string) => Ask) => {
  expectProblem(await world.ask(askFor('a%20b')), 'invalid-request', ['params.jobId']);
  expectProblem(await world.ask(askFor('a'.repeat(129))), 'invalid-request', ['params.jobId']);
};

const listing = (query: string): Ask => ({ method: 'GET', path: `/v1/jobs${query}` });

const cursorAt = (enqueuedAtMs: number): string =>
  Buffer.from(JSON.stringify({ jobId: 'a', enqueuedAtMs })).toString('base64url');

const batchOf = (...jobs: unknown[]): Ask => ({ method: 'POST', path: '/v1/jobs/batch', body: { jobs } });

export const jobRows: Readonly<Record<JobRoute, RowSpec>> = {
  submitJob: {
    request: submission(order()),
    success: async ({ ask }) => {
      const metadata = { note: 'for whoever asks' };
      const answer = await ask(submission(order({ priority: 'high', metadata })));
      const accepted = read(answer, 202, job);
      const links = { self: expect.any(String) };
      expect(accepted).toMatchObject({ status: 'queued', lane: 'high', metadata, links });
      expect(answer.headers.get('location')).toBe(accepted.links.self);
      expect(Date.parse(accepted.deadlineAt) - Date.parse(accepted.acceptedAt)).toBe(900_000);
      const awaited = read(await ask(submission(order(), {}, '?wait=25')), 200, job);
      expect(awaited).toMatchObject({ status: 'succeeded', answer: { source: 'model' } });
    },
    invalid: async ({ ask }) => {
      const fieldsOf = (changes: object) => ask(submission({ ...order(), ...changes }));
      expectProblem(await fieldsOf({ priority: 'urgent' }), 'invalid-request', ['priority']);
      expectProblem(await fieldsOf({ input: { messages: [] } }), 'invalid-request', ['input.messages']);
      expectProblem(await fieldsOf({ surprise: 1 }), 'invalid-request', ['the body']);
      const unkeepable = JSON.parse('{ "__proto__": "x" }');
      expectProblem(await fieldsOf({ metadata: unkeepable }), 'invalid-request', ['metadata']);
      expectProblem(await fieldsOf({ deadlineAt: '2026-01-01T00:00:00Z' }), 'invalid-request', [
        'deadlineAt',
      ]);
      expectProblem(await fieldsOf({ jobId: 'a', idempotencyKey: 'b' }), 'invalid-request', ['jobId']);
      expectProblem(await ask(submission(order(), {}, '?wait=26')), 'invalid-request', ['query.wait']);
      expectProblem(await ask(submission('{"creatorId":')), 'invalid-request', []);
      expectProblem(await ask(submission(order(), { 'idempotency-key': '' })), 'invalid-request', [
        'headers.idempotency-key',
      ]);
      expectProblem(await ask(submission('a=b', { 'content-type': 'text/plain' })), 'unsupported-media-type');
    },
    'other tenant': async ({ ask, askAsOther }) => {
      expectProblem(await askAsOther(submission(order({ tenantId: 't-matrix' }))), 'other-tenant');
      const key = { 'idempotency-key': randomUUID() };
      const mine = read(await ask(submission(order(), key)), 202, job);
      const theirs = read(await askAsOther(submission(order(), key)), 202, job);
      expect(theirs.jobId).not.toBe(mine.jobId);
      const jobId = randomUUID();
      read(await ask(submission(order({ jobId }))), 202, job);
      read(await askAsOther(submission(order({ jobId }))), 202, job);
    },
    missing: 'names nothing that must be there',
    conflicting: async ({ ask }) => {
      const [body, key] = [order(), { 'idempotency-key': randomUUID() }];
      const first = read(await ask(submission(body, key, '?wait=25')), 200, job);
      const again = read(await ask(submission(body, key)), 200, job);
      expect(again.jobId).toBe(first.jobId);
      expectProblem(await ask(submission(order(), key)), 'idempotency-conflict');
      expectProblem(await ask(submission({ ...body, idempotencyKey: 'another' }, key)), 'invalid-request', [
        'idempotencyKey',
      ]);
    },
  },
  submitJobs: {
    request: batchOf(order()),
    success: async ({ ask }) => {
      const jobs = Array.from({ length: 100 }, () => order());
      const result = read(await ask(batchOf(...jobs)), 200, batchResult);
      expect(result).toMatchObject({ accepted: 100, refused: 0 });
      expect(result.items.map(({ index }) => index)).toEqual(jobs.map((_, index) => index));
    },
    invalid: async ({ ask }) => {
      expectProblem(await ask(batchOf()), 'invalid-request', ['jobs']);
      const many = Array.from({ length: 101 }, () => order());
      expectProblem(await ask(batchOf(...many)), 'invalid-request', ['jobs']);
      const mixed = await ask(batchOf(order(), { ...order(), model: 'gpt-9' }, 'no job', order()));
      const { items } = read(mixed, 200, batchResult);
      expect(items.map(({ kind }) => kind)).toEqual(['accepted', 'refused', 'refused', 'accepted']);
    },
    'other tenant': async ({ askAsOther }) => {
      const answer = await askAsOther(batchOf(order({ tenantId: 't-matrix' }), order()));
      expect(refusalsIn(read(answer, 200, batchResult))).toEqual(['other-tenant']);
    },
    missing: 'names nothing that must be there',
    conflicting: async ({ ask }) => {
      const idempotencyKey = randomUUID();
      const body = order({ idempotencyKey });
      const first = read(await ask(batchOf(body)), 200, batchResult);
      const again = read(await ask(batchOf(order({ idempotencyKey }), body)), 200, batchResult);
      expect(refusalsIn(again)).toEqual(['idempotency-conflict']);
      expect(acceptedIn(again)).toEqual(acceptedIn(first));
    },
  },
  listJobs: {
    request: listing(''),
    success: async (world) => {
      const creatorId = `creator-${randomUUID()}`;
      const made = [];
      for (const priority of ['critical', 'high', 'critical'] as const)
        made.unshift((await endedJob(world, { creatorId, priority })).jobId);
      const idsOf = async (query: string) => {
        const page = read(await world.ask(listing(`?creatorId=${creatorId}${query}`)), 200, jobPage);
        return { ids: page.jobs.map(({ jobId }) => jobId), nextCursor: page.nextCursor };
      };
      const all = await eventually(async () => {
        const { ids } = await idsOf('&status=succeeded');
        return ids.length === 3 ? ids : undefined;
      });
      expect(all).toEqual(made);
      expect((await idsOf('&lane=high')).ids).toEqual([made[1]]);
      const first = await idsOf('&limit=2');
      const second = await idsOf(`&limit=2&cursor=${first.nextCursor}`);
      expect([...first.ids, ...second.ids]).toEqual(made);
      const outside = ['from=2100-01-01T00:00:00Z', 'to=2001-01-01T00:00:00Z'];
      for (const range of outside)
        expect((await idsOf(`&cursor=${first.nextCursor}&${range}`)).ids).toEqual([]);
    },
    invalid: async ({ ask }) => {
      expectProblem(await ask(listing('?limit=0')), 'invalid-request', ['query.limit']);
      expectProblem(await ask(listing('?limit=1&limit=2')), 'invalid-request', ['query.limit']);
      for (const cursor of ['abc', cursorAt(-1), cursorAt(1.5), cursorAt(1e308)])
        expectProblem(await ask(listing(`?cursor=${cursor}`)), 'invalid-request', ['query.cursor']);
      expectProblem(await ask(listing('?status=lost&from=today')), 'invalid-request', [
        'query.status',
        'query.from',
      ]);
      const backwards = '?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z';
      expectProblem(await ask(listing(backwards)), 'invalid-request', ['query.to']);
      expectProblem(await ask(listing('?tenantId=t')), 'invalid-request', ['the query']);
    },
    'other tenant': async (world) => {
      const { creatorId } = await endedJob(world);
      const random = `creator-${randomUUID()}`;
      const [theirs, nobodys] = await Promise.all(
        [creatorId, random].map((creator) => world.askAsOther(listing(`?creatorId=${creator}`))),
      );
      if (theirs === undefined || nobodys === undefined) throw new Error('two were asked');
      expect(read(theirs, 200, jobPage)).toEqual({ jobs: [] });
      expect(tellable(theirs)).toEqual(tellable(nobodys));
      const cursor = await cursorOfMine(world);
      const beyond = read(await world.askAsOther(listing(`?cursor=${cursor}`)), 200, jobPage);
      const mine = read(await world.ask(listing('?limit=100')), 200, jobPage).jobs.map(({ jobId }) => jobId);
      expect(beyond.jobs.filter(({ jobId }) => mine.includes(jobId))).toEqual([]);
    },
    missing: 'what is not found is an empty page',
    conflicting: 'changes nothing',
  },
  getJob: {
    request: jobAt('any'),
    success: async (world) => {
      const metadata = { constructor: 'x' };
      const { jobId } = await endedJob(world, { metadata });
      const answer = await world.ask(jobAt(jobId));
      expect(read(answer, 200, job)).toMatchObject({ jobId, metadata, attempts: [{ outcome: 'answer' }] });
      const etag = answer.headers.get('etag') ?? '';
      const again = await world.ask({ ...jobAt(jobId), headers: { 'if-none-match': etag } });
      expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', etag]);
    },
    invalid: async (world) => {
      await badId(world, jobAt);
      expectProblem(await world.ask(jobAt('a', '?wait=1s')), 'invalid-request', ['query.wait']);
    },
    'other tenant': { make: answeredId, askFor: jobAt },
    missing: (world) => unknownId(world, jobAt),
    conflicting: 'changes nothing',
  },
  cancelJob: {
    request: canceling('any'),
    success: async (world) => {
      const { jobId } = await openJob(world);
      const done = read(await world.ask(canceling(jobId)), 200, cancellation);
      expect(done).toMatchObject({ jobId, status: 'canceled' });
      expect(read(await world.ask(canceling(jobId)), 200, cancellation)).toEqual(done);
      const seen = read(await world.ask(jobAt(jobId)), 200, job);
      expect(seen).toMatchObject({ status: 'canceled', reason: 'canceled-by-caller' });
    },
    invalid: (world) => badId(world, canceling),
    'other tenant': { make: async (world) => (await openJob(world)).jobId, askFor: canceling },
    missing: (world) => unknownId(world, canceling),
    conflicting: async (world) => {
      expectProblem(await world.ask(canceling(await answeredId(world))), 'wrong-state');
    },
  },
  retryJob: {
    request: retrying('any'),
    success: async (world) => {
      const failed = await failedJob(world);
      expect(failed.status).toBe('failed');
      const again = read(await world.ask(retrying(failed.jobId)), 202, job);
      expect(again).toMatchObject({ jobId: failed.jobId, status: 'queued' });
      const ended = read(await world.ask(jobAt(failed.jobId, '?wait=25')), 200, job);
      expect(ended.status).toBe('failed');
    },
    invalid: (world) => badId(world, retrying),
    'other tenant': { make: async (world) => (await failedJob(world)).jobId, askFor: retrying },
    missing: (world) => unknownId(world, retrying),
    conflicting: async (world) => {
      expectProblem(await world.ask(retrying(await answeredId(world))), 'wrong-state');
      const { jobId } = await openJob(world);
      await world.ask(canceling(jobId));
      expectProblem(await world.ask(retrying(jobId)), 'wrong-state');
    },
  },
};

const cursorOfMine = async (world: World): Promise<string> => {
  await Promise.all([endedJob(world), endedJob(world)]);
  return eventually(async () => {
    const { nextCursor } = read(await world.ask(listing('?limit=1')), 200, jobPage);
    return nextCursor;
  });
};

const acceptedIn = ({ items }: z.output<typeof batchResult>): string[] =>
  items.flatMap((item) => (item.kind === 'accepted' ? [item.job.jobId] : []));

/** The names of the problems of a batch, whose forms are those of problems that come alone. */
const refusalsIn = ({ items }: z.output<typeof batchResult>): string[] =>
  items.flatMap((item) => {
    if (item.kind === 'accepted') return [];
    const { type, status, title } = z.parse(problemSchema, item.problem);
    const [name] = Object.entries(problems).find(([key]) => type === `urn:relay:problem:${key}`) ?? ['?'];
    expect(Object.values(problems)).toContainEqual({ status, title });
    return [name];
  });
