import { readFileSync } from 'node:fs';
import { SendMessageCommand, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import {
  circuit,
  circuits as circuitsSchema,
  lanes as lanesSchema,
} from '../../lib/api/schemas/operations.ts';
import {
  deadLetters,
  endedRow,
  eventually,
  type LocalRelay,
  messageFromNewCreator,
  messagesIn,
  queueUrl,
  send,
  startLocalRelay,
} from './local-relay.ts';

/** What operators do over HTTP, against the built bundle. Each test has a lane of its own. */

let relay: LocalRelay;
let token: string;

beforeAll(async () => {
  relay = await startLocalRelay(['--no-sample', '--instant']);
  token = await tokenFor('ops:read ops:write');
});
afterAll(() => relay.stop());

const tokenFor = async (scope: string): Promise<string> => {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'on-call',
    tenant_id: 'platform',
    scope,
  });
  const reply = await fetch(relay.endpoints.tokens, { method: 'POST', body });
  return z.object({ access_token: z.string() }).parse(await reply.json()).access_token;
};

type Reply = { status: number; body: unknown; requestId: string | null };

const ask = async (method: string, path: string, body?: unknown, bearer = token): Promise<Reply> => {
  const reply = await fetch(`${relay.endpoints.api}${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: reply.status, body: await reply.json(), requestId: reply.headers.get('x-request-id') };
};

const setAside = async (lane: string, body: string, reason?: string): Promise<string> => {
  const { MessageId = '' } = await relay.sqs.send(
    new SendMessageCommand({
      QueueUrl: queueUrl(relay, `relay-local-${lane}-dlq`),
      MessageBody: body,
      ...(reason && { MessageAttributes: { reason: { DataType: 'String', StringValue: reason } } }),
    }),
  );
  return MessageId;
};

const aJobOf = (tenantId: string) => JSON.stringify(messageFromNewCreator({ tenantId }));

const laneNow = async (name: string) => {
  const { body } = await ask('GET', '/lanes');
  const found = lanesSchema.parse(body).lanes.find(({ lane }) => lane === name);
  if (found === undefined) throw new Error(`no lane ${name}`);
  return found;
};

/** What the audit trail has of a request, without time and service, once it tells of its end. */
const auditOf = ({ requestId }: Reply): Promise<Record<string, unknown>[]> =>
  eventually(async () => {
    const lines = readFileSync(relay.logFile, 'utf8').split('\n');
    const entries = lines
      .filter((line) => line.includes('"message":"audit"') && line.includes(`"${requestId}"`))
      .map((line): Record<string, unknown> => JSON.parse(line.slice(line.indexOf('{'))));
    return entries.some(({ action }) => String(action).endsWith('-ended')) ? entries : undefined;
  });

describe('a redrive', () => {
  it('sends back what it means, which is the same job again, and says so in the audit trail', async () => {
    const ours = await setAside('high', aJobOf('tenant-a'));
    await setAside('high', aJobOf('tenant-b'));
    await setAside('high', '{"tenantId": "tenant-a"}', 'invalid');
    const filter = { tenantId: 'tenant-a' };

    const counted = await ask('POST', '/lanes/high/redrive', { filter, dryRun: true });
    const counts = { lane: 'high', mode: 'selected', matched: 1, left: 2, complete: true };
    expect(counted).toMatchObject({ status: 200, body: { ...counts, dryRun: true, moved: 0 } });
    expect(await laneNow('high')).toEqual({
      lane: 'high',
      waiting: 0,
      inFlight: 0,
      delayed: 0,
      deadLetters: 3,
    });

    const moved = await ask('POST', '/lanes/high/redrive', { filter });
    expect(moved).toMatchObject({ status: 200, body: { ...counts, dryRun: false, moved: 1 } });
    expect(await endedRow(relay, ours)).toMatchObject({ tenantId: 'tenant-a', status: 'succeeded' });
    const { oldestDelivered, ...lane } = await eventually(async () => {
      const found = await laneNow('high');
      return found.oldestDelivered && found.inFlight === 0 ? found : undefined;
    });
    expect(lane).toMatchObject({ waiting: 0, deadLetters: 2 });
    expect(oldestDelivered).toEqual({ ageSeconds: expect.any(Number), at: expect.any(String) });

    const audited = await auditOf(moved);
    const change = { actor: 'on-call', target: 'high', ofTenant: true };
    expect(audited).toMatchObject([
      { action: 'redrive-lane', ...change },
      { action: 'redrive-lane-ended', ...change, matched: 1, moved: 1, left: 2 },
    ]);
    expect(JSON.stringify(audited)).not.toContain('tenant-a');
  });

  it('of a reason sends back what comes back at once, and ends', async () => {
    await setAside('medium', '{"odd": 1}', 'invalid');
    const moved = await ask('POST', '/lanes/medium/redrive', { filter: { reason: 'invalid' } });
    expect(moved).toMatchObject({ status: 200, body: { matched: 1, moved: 1 } });
    const [letter] = await deadLetters(relay, 'medium', 1);
    expect(letter).toMatchObject({
      Body: '{"odd": 1}',
      MessageAttributes: { reason: { StringValue: 'invalid' } },
    });
  });

  it('without a filter is a task of SQS, of which there is one at a time', async () => {
    const arn = (queue: string) => `arn:aws:sqs:us-east-1:000000000000:relay-local-${queue}`;
    await Promise.all([aJobOf('tenant-a'), aJobOf('tenant-b')].map((body) => setAside('low', body)));
    await relay.sqs.send(
      new StartMessageMoveTaskCommand({
        SourceArn: arn('low-dlq'),
        DestinationArn: arn('low'),
        MaxNumberOfMessagesPerSecond: 1,
      }),
    );
    const refused = await ask('POST', '/lanes/low/redrive', { all: true });
    expect(refused).toMatchObject({ status: 409, body: { type: 'urn:relay:problem:wrong-state' } });
    const { lastMove } = await eventually(async () => {
      const lane = await laneNow('low');
      return lane.lastMove?.state === 'completed' ? lane : undefined;
    });
    expect(lastMove).toMatchObject({ moved: 2, toMove: 2 });

    await setAside('low', aJobOf('tenant-a'));
    const started = await ask('POST', '/lanes/low/redrive', { all: true });
    expect(started).toMatchObject({ status: 200, body: { lane: 'low', dryRun: false, mode: 'all' } });
    await eventually(async () => ((await messagesIn(relay, 'relay-local-low-dlq')) === 0 ? true : undefined));
    const change = { target: 'low', mode: 'all' };
    expect(await auditOf(started)).toMatchObject([
      { action: 'redrive-lane', ...change },
      { action: 'redrive-lane-ended', ...change, move: 'started' },
    ]);
  });

  it('is no matter for those who may only look', async () => {
    const reader = await tokenFor('ops:read');
    expect(await ask('POST', '/lanes/low/redrive', { all: true }, reader)).toMatchObject({ status: 403 });
    expect(await ask('PUT', '/circuits/openai/gpt-5', { hold: 'open' }, reader)).toMatchObject({
      status: 403,
    });
    expect(await ask('GET', '/lanes', undefined, reader)).toMatchObject({ status: 200 });
  });
});

const row = z.object({
  attempts: z.array(z.object({ provider: z.string() })),
  skips: z.array(z.object({ reason: z.string() })).default([]),
});

/** Jobs, one after the other, until workers do with them what they shall. */
const jobThat = (isSo: (job: z.infer<typeof row>) => boolean) =>
  eventually(async () => {
    const jobId = crypto.randomUUID();
    await send(relay, 'critical', messageFromNewCreator({ jobId }));
    const job = row.parse(await endedRow(relay, jobId));
    return isSo(job) ? job : undefined;
  });

const isHeldOff = ({ skips }: z.infer<typeof row>) => skips.some(({ reason }) => reason === 'circuit-held');

describe('a circuit', () => {
  const path = '/circuits/openai/gpt-5-nano';

  it('is held and let go by whom the record names, and workers do so', async () => {
    const held = await ask('PUT', path, { hold: 'open' });
    expect(held).toMatchObject({
      status: 200,
      body: { provider: 'openai', modelId: 'gpt-5-nano', state: 'held-open', heldBy: 'on-call' },
    });
    await jobThat(isHeldOff);
    const change = { actor: 'on-call', target: 'openai/gpt-5-nano', hold: 'open' };
    expect(await auditOf(held)).toMatchObject([
      { action: 'hold-circuit', ...change },
      { action: 'hold-circuit-ended', ...change },
    ]);
    const released = await ask('PUT', path, { hold: 'auto' });
    expect(circuit.parse(released.body)).toMatchObject({
      state: 'closed',
      history: [
        { kind: 'released', by: 'on-call' },
        { kind: 'held-open', by: 'on-call' },
      ],
    });
    await jobThat((job) => !isHeldOff(job) && job.attempts.length > 0);
  });

  it('is listed for every offer of the stage, whether it ever turned or not', async () => {
    const { body } = await ask('GET', '/circuits');
    const names = circuitsSchema
      .parse(body)
      .circuits.map(({ provider, modelId }) => `${provider}/${modelId}`);
    expect(names).toEqual([...new Set(names)]);
    expect(names).toEqual(expect.arrayContaining(['openai/gpt-5', 'anthropic/claude-haiku-5-5']));
  });

  it.each(['/circuits/openai/gpt-99', '/circuits/anthropic/gpt-5'])('is none at %s', async (unknown) => {
    expect(await ask('PUT', unknown, { hold: 'open' })).toMatchObject({
      status: 404,
      body: { type: 'urn:relay:problem:not-found' },
    });
  });
});
