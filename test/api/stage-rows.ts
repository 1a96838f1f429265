import { randomUUID } from 'node:crypto';
import { SendMessageBatchCommand, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { openApiDocument } from '../../lib/api/openapi.ts';
import type { Routes } from '../../lib/api/routes.ts';
import * as schemas from '../../lib/api/schemas/operations.ts';
import { privacyRequest } from '../../lib/api/schemas/privacy.ts';
import { laneNames } from '../../lib/pipeline/job/lane.ts';
import { modelNames } from '../../lib/pipeline/model/model.ts';
import { queueUrl } from '../end-to-end/local-relay.ts';
import { type Ask, expectProblem, read, tellable } from './api-client.ts';
import type { RowSpec, World } from './case-matrix.ts';

type StageRoute = Exclude<keyof Routes, `${string}Job` | `${string}Jobs`>;

const get = (path: string): Ask => ({ method: 'GET', path });

const refusesQueries =
  (request: Ask) =>
  async ({ ask }: World) =>
    expectProblem(await ask({ ...request, path: `${request.path}?surprise=1` }), 'invalid-request', [
      'the query',
    ]);

const ALIKE = 'the same for every tenant';
const READS = 'changes nothing';
const NAMELESS = 'names nothing that must be there';

/** Rows that read what all callers share. */
const shared = (path: string, success: RowSpec['success']): RowSpec => ({
  request: get(path),
  success,
  invalid: refusesQueries(get(path)),
  'other tenant': ALIKE,
  missing: NAMELESS,
  conflicting: READS,
});

/** The answer has the list as CSV too, with a header line. */
const alsoAsCsv = async ({ ask }: World, path: string, header: RegExp) => {
  const answer = await ask({ ...get(path), headers: { accept: 'text/csv' } });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
  expect(answer.text).toMatch(header);
};

const redriving = (lane: string, body: unknown = { all: true, dryRun: true }): Ask => ({
  method: 'POST',
  path: `/v1/lanes/${lane}/redrive`,
  body,
});

/** Two dead letters, which SQS moves at one a second. */
const startSlowMove = async ({ relay }: World, lane: string): Promise<void> => {
  const [queue, letters] = [`relay-local-${lane}`, `relay-local-${lane}-dlq`];
  const Entries = ['1', '2'].map((Id) => ({ Id, MessageBody: 'no job' }));
  await relay.sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl(relay, letters), Entries }));
  const arnOf = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
  await relay.sqs.send(
    new StartMessageMoveTaskCommand({
      SourceArn: arnOf(letters),
      DestinationArn: arnOf(queue),
      MaxNumberOfMessagesPerSecond: 1,
    }),
  );
};

const holding = (provider: string, model: string, body: unknown = { hold: 'auto' }): Ask => ({
  method: 'PUT',
  path: `/v1/circuits/${provider}/${model}`,
  body,
});

const PRIVACY = { right: 'access', subject: { kind: 'fan', ref: 'fan_0a1b' } };

const demanding = (body: unknown = PRIVACY, headers: Record<string, string> = {}): Ask => ({
  method: 'POST',
  path: '/v1/privacy/requests',
  body,
  headers,
});

const demandAt = (requestId: string): Ask => get(`/v1/privacy/requests/${requestId}`);

const demanded = async ({ ask }: World) => read(await ask(demanding()), 202, privacyRequest);

export const stageRows: Readonly<Record<StageRoute, RowSpec>> = {
  getHealth: shared('/v1/health', async ({ askWith }) => {
    const answer = await askWith(undefined, get('/v1/health'));
    expect(read(answer, 200, schemas.health)).toEqual({ status: 'ok', stage: 'local' });
  }),
  getDocument: shared('/v1/openapi.json', async ({ askWith }) => {
    const answer = await askWith(undefined, get('/v1/openapi.json'));
    expect(JSON.parse(answer.text)).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
    const etag = answer.headers.get('etag') ?? '';
    const again = await askWith(undefined, {
      ...get('/v1/openapi.json'),
      headers: { 'if-none-match': etag },
    });
    expect([again.status, again.text]).toEqual([304, '']);
  }),
  listModels: shared('/v1/models', async ({ ask }) => {
    const { models } = read(await ask(get('/v1/models')), 200, schemas.models);
    expect(models.map(({ model }) => model)).toEqual([...modelNames]);
    expect(models.every(({ live, offers }) => live && offers.length > 0)).toBe(true);
  }),
  listLanes: shared('/v1/lanes', async ({ ask }) => {
    const { lanes } = read(await ask(get('/v1/lanes')), 200, schemas.lanes);
    expect(lanes.map(({ lane }) => lane)).toEqual([...laneNames]);
  }),
  redriveLane: {
    request: redriving('low'),
    success: async ({ ask }) => {
      const done = read(await ask(redriving('low', { dryRun: true, filter: {} })), 200, schemas.redrive);
      expect(done).toMatchObject({ lane: 'low', dryRun: true, mode: 'selected' });
    },
    invalid: async ({ ask }) => {
      expectProblem(await ask(redriving('express')), 'invalid-request', ['params.lane']);
      expectProblem(await ask(redriving('low', { all: true, dryRun: 'yes' })), 'invalid-request', ['dryRun']);
      expectProblem(await ask(redriving('low', { filter: { since: 1 } })), 'invalid-request', ['filter']);
    },
    'other tenant': 'for operators, who see all tenants',
    missing: 'there are four lanes: another name is invalid',
    conflicting: async (world) => {
      await startSlowMove(world, 'medium');
      expectProblem(await world.ask(redriving('medium', { all: true })), 'wrong-state');
    },
  },
  listCircuits: shared('/v1/circuits', async ({ ask }) => {
    const { circuits } = read(await ask(get('/v1/circuits')), 200, schemas.circuits);
    expect(circuits.length).toBeGreaterThan(0);
  }),
  holdCircuit: {
    request: holding('openai', 'gpt-5-nano'),
    success: async ({ ask }) => {
      const held = await ask(holding('openai', 'gpt-5', { hold: 'open' }));
      expect(read(held, 200, schemas.circuit)).toMatchObject({ modelId: 'gpt-5', state: 'held-open' });
      const free = await ask(holding('openai', 'gpt-5', { hold: 'auto' }));
      expect(read(free, 200, schemas.circuit)).toMatchObject({ modelId: 'gpt-5', state: 'closed' });
    },
    invalid: async ({ ask }) => {
      expectProblem(await ask(holding('openai', 'gpt-5', { hold: 'shut' })), 'invalid-request', ['hold']);
      expectProblem(await ask(holding('acme', 'gpt-5')), 'invalid-request', ['params.provider']);
      expectProblem(await ask(holding('openai', 'a%20b')), 'invalid-request', ['params.model']);
    },
    'other tenant': ALIKE,
    missing: async ({ ask }) => expectProblem(await ask(holding('openai', 'gpt-1')), 'not-found'),
    conflicting: 'a hold takes the place of the one before',
  },
  getCosts: {
    request: get('/v1/costs'),
    success: async (world) => {
      const costs = read(await world.ask(get('/v1/costs?groupBy=model')), 200, schemas.costs);
      expect(costs).toMatchObject({ groupBy: 'model', total: { calls: expect.any(Number) } });
      await alsoAsCsv(world, '/v1/costs', /^day,scope,/);
    },
    invalid: async ({ ask }) => {
      expectProblem(await ask(get('/v1/costs?groupBy=mood')), 'invalid-request', ['query.groupBy']);
      expectProblem(await ask(get('/v1/costs?from=2026-02-30')), 'invalid-request', ['query.from']);
      expectProblem(await ask(get('/v1/costs?from=2026-02-02&to=2026-02-01')), 'invalid-request', [
        'query.from',
      ]);
      expectProblem(await ask(get('/v1/costs?from=2026-01-01&to=2026-06-01')), 'invalid-request', [
        'query.from',
      ]);
    },
    'other tenant': async ({ askWith, tokenOf }) => {
      const token = await tokenOf('t-other', ['jobs:read']);
      const theirs = await askWith(token, get('/v1/costs?tenantId=t-matrix'));
      const nobodys = await askWith(token, get(`/v1/costs?tenantId=${randomUUID().slice(0, 8)}`));
      expectProblem(theirs, 'other-tenant');
      expect(tellable(theirs)).toEqual(tellable(nobodys));
    },
    missing: 'what is not found costs nothing',
    conflicting: READS,
  },
  listAlerts: shared('/v1/alerts', async (world) => {
    read(await world.ask(get('/v1/alerts')), 200, schemas.alerts);
    await alsoAsCsv(world, '/v1/alerts', /^state,severity,/);
  }),
  requestPrivacy: {
    request: demanding(),
    success: async (world) => {
      const made = await demanded(world);
      expect(made).toMatchObject({ right: 'access', subjectKind: 'fan', status: 'received' });
      expect(made.links.self).toBe(`/v1/privacy/requests/${made.requestId}`);
    },
    invalid: async ({ ask }) => {
      expectProblem(await ask(demanding({ ...PRIVACY, right: 'oblivion' })), 'invalid-request', ['right']);
      expectProblem(await ask(demanding({ right: 'access' })), 'invalid-request', ['subject']);
      expectProblem(await ask(demanding({ ...PRIVACY, note: 'x' })), 'invalid-request', ['the body']);
    },
    'other tenant': async ({ askAsOther }) => {
      const body = { right: 'erasure', subject: { kind: 'tenant', ref: 't-matrix' } };
      expectProblem(await askAsOther(demanding(body)), 'other-tenant');
    },
    missing: NAMELESS,
    conflicting: async ({ ask }) => {
      const key = { 'idempotency-key': randomUUID() };
      const first = read(await ask(demanding(PRIVACY, key)), 202, privacyRequest);
      expect(read(await ask(demanding(PRIVACY, key)), 202, privacyRequest)).toEqual(first);
      expectProblem(await ask(demanding({ ...PRIVACY, right: 'erasure' }, key)), 'idempotency-conflict');
    },
  },
  getPrivacyRequest: {
    request: demandAt('any'),
    success: async (world) => {
      const made = await demanded(world);
      expect(read(await world.ask(demandAt(made.requestId)), 200, privacyRequest)).toEqual(made);
    },
    invalid: async ({ ask }) =>
      expectProblem(await ask(demandAt('a%20b')), 'invalid-request', ['params.requestId']),
    'other tenant': { make: async (world) => (await demanded(world)).requestId, askFor: demandAt },
    missing: async ({ ask }) => expectProblem(await ask(demandAt(randomUUID())), 'not-found'),
    conflicting: READS,
  },
};
