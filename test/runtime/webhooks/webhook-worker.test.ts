import type { SQSRecord } from 'aws-lambda';
import { completionEventOf } from '../../../lib/pipeline/job/completion-event.ts';
import { requestEventOf } from '../../../lib/pipeline/privacy/request-event.ts';
import type { FoundEndpoint } from '../../../lib/pipeline/webhooks/endpoint.ts';
import type { TryResult } from '../../../lib/pipeline/webhooks/try.ts';
import type { SecretLack } from '../../../lib/runtime/kept-secret.ts';
import { createDisabledEndpoints } from '../../../lib/runtime/webhooks/disabled-endpoints.ts';
import type { PostWebhook } from '../../../lib/runtime/webhooks/post-webhook.ts';
import { createWebhookWorker } from '../../../lib/runtime/webhooks/webhook-worker.ts';
import { inMemoryFleetStore } from '../../../lib/simulation/in-memory-fleet-store.ts';
import { virtualClock } from '../../builders.ts';
import { aRecord } from '../sqs-record.ts';

const START_MS = Date.parse('2026-11-22T12:00:00Z');
const secrets = [`whsec_${Buffer.alloc(32).toString('base64')}`];
const hooks: FoundEndpoint = { kind: 'endpoint', endpoint: { url: 'https://hooks.example.com/', secrets } };

const eventOf = (tenantId: string) =>
  JSON.stringify(
    completionEventOf(
      {
        tenantId,
        jobId: 'job-1',
        lane: 'low',
        model: 'gpt-5',
        status: 'succeeded',
        acceptedAtMs: 0,
        endedAtMs: 1,
        costMicroUsd: 7,
        correlationId: 'order-7',
      },
      () => `end of a job of ${tenantId}`,
    ),
  );

const about = (tenantId: string, changes: Parameters<typeof aRecord>[0] = {}): SQSRecord =>
  aRecord({ messageId: tenantId, body: eventOf(tenantId), sentAtMs: START_MS, ...changes });

type World = {
  endpoints: Record<string, FoundEndpoint | SecretLack>;
  result: (tenantId: string) => TryResult;
  reject: () => Promise<void>;
  store: ReturnType<typeof inMemoryFleetStore>;
};

/** A worker over real rules, with endpoints that answer as they are told. */
const aWorld = (given: Partial<World> = {}) => {
  const clock = virtualClock(START_MS);
  const posted: Parameters<PostWebhook>[0][] = [];
  const setAside: [string, string][] = [];
  const deferred: number[] = [];
  const measured: string[] = [];
  const store = given.store ?? inMemoryFleetStore(clock.now);
  const worker = createWebhookWorker({
    endpointOf: async (tenantId) => given.endpoints?.[tenantId] ?? { kind: 'none' },
    disabled: createDisabledEndpoints(store, clock.now),
    post: async (webhook) => {
      posted.push(webhook);
      return given.result?.(JSON.parse(webhook.body).tenantId) ?? { kind: 'delivered' };
    },
    queue: {
      reject: async ({ messageId }, { reason }) => {
        await given.reject?.();
        setAside.push([messageId, reason]);
      },
      defer: async (deferrals) => {
        deferred.push(...deferrals.map(({ delayMs }) => delayMs));
        return 0;
      },
    },
    telemetry: {
      measure: ({ name }) => void measured.push(name),
      info: () => undefined,
      warn: () => undefined,
      failed: (message) => void measured.push(message),
      flush: () => undefined,
    },
    clock,
    chance: { random: () => 0 },
    waitsMs: [5_000, 60_000],
  });
  const run = async (...Records: SQSRecord[]) =>
    (await worker({ Records })).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  return { clock, run, posted, setAside, deferred, measured, store };
};

it('posts an event as it was published, signed, under its own id', async () => {
  const { run, posted, measured } = aWorld({ endpoints: { t1: hooks } });
  expect(await run(about('t1'))).toEqual([]);
  const [webhook] = posted;
  expect(webhook?.url).toBe('https://hooks.example.com/');
  expect(webhook?.body).toBe(eventOf('t1'));
  expect(webhook?.headers).toMatchObject({
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(eventOf('t1'))),
    'webhook-id': 'end of a job of t1',
    'webhook-timestamp': String(START_MS / 1_000),
  });
  expect(measured).toEqual(['WebhooksDelivered']);
});

it('posts the news of a privacy request, too', async () => {
  const { run, posted } = aWorld({ endpoints: { t1: hooks } });
  const event = requestEventOf(
    {
      ...{ tenantId: 't1', requestId: 'r1', right: 'erasure', subjectKind: 'fan', status: 'completed' },
      completedAtMs: START_MS,
    },
    () => 'end of a request',
  );
  expect(await run(about('t1', { body: JSON.stringify(event) }))).toEqual([]);
  expect(JSON.parse(posted[0]?.body ?? '')).toEqual(event);
});

it('is done with events of tenants without an endpoint, and asks no table for them', async () => {
  const store = { ...inMemoryFleetStore(() => 0), list: () => Promise.reject(new Error('asked')) };
  const { run, posted, measured } = aWorld({ store });
  expect(await run(about('t1'), about('t2'))).toEqual([]);
  expect([posted, measured]).toEqual([[], []]);
});

it('takes each event of a batch by itself', async () => {
  const result = (tenantId: string): TryResult =>
    tenantId === 't2' ? { kind: 'failed', reason: 'status-500' } : { kind: 'delivered' };
  const world = aWorld({ endpoints: { t1: hooks, t2: hooks, t3: hooks }, result });
  expect(await world.run(about('t1'), about('t2'), about('t3'), about('t4'))).toEqual(['t2']);
  expect(world.deferred).toEqual([5_000]);
  expect(world.measured.sort()).toEqual(['WebhooksDelivered', 'WebhooksDelivered', 'WebhooksRetried']);
});

it.each<[string, FoundEndpoint | SecretLack, TryResult, string]>([
  ['its endpoint fails', hooks, { kind: 'failed', reason: 'timeout' }, 'timeout'],
  [
    'its endpoint may not be called',
    hooks,
    { kind: 'refused', reason: 'address-not-public' },
    'address-not-public',
  ],
  ['its endpoint is malformed', { kind: 'malformed' }, { kind: 'delivered' }, 'endpoint-malformed'],
  ['the secret cannot be asked', { kind: 'unavailable' }, { kind: 'delivered' }, 'secret-unavailable'],
  ['the secret cannot be read', { kind: 'unreadable' }, { kind: 'delivered' }, 'secret-unreadable'],
])(
  'comes back while %s, and is set aside in the end with that reason',
  async (_why, found, result, reason) => {
    const world = aWorld({ endpoints: { t1: found }, result: () => result });
    expect(await world.run(about('t1'))).toEqual(['t1']);
    await world.clock.advance(5_000);
    expect(await world.run(about('t1', { receives: 2 }))).toEqual(['t1']);
    await world.clock.advance(60_000);
    expect(await world.run(about('t1', { receives: 3 }))).toEqual([]);
    expect(world.deferred).toEqual([5_000, 60_000]);
    expect(world.setAside).toEqual([['t1', reason]]);
    expect(world.measured.filter((name) => name === 'WebhooksRefused')).toHaveLength(
      result.kind === 'refused' ? 3 : 0,
    );
  },
);

it('comes back when it could not be set aside', async () => {
  const reject = () => Promise.reject(new Error('SQS is down'));
  const result = (): TryResult => ({ kind: 'failed', reason: 'status-500' });
  const world = aWorld({ endpoints: { t1: hooks }, result, reject });
  await world.clock.advance(100_000);
  expect(await world.run(about('t1', { receives: 9 }))).toEqual(['t1']);
  expect(world.deferred).toEqual([60_000]);
});

it('sets aside at once what is no event', async () => {
  const world = aWorld({ endpoints: { t1: hooks } });
  const nameless = JSON.stringify({ ...JSON.parse(eventOf('t1')), eventId: undefined });
  expect(await world.run(about('t1', { body: '{"eventId":' }), about('t2', { body: nameless }))).toEqual([]);
  expect(world.setAside).toEqual([
    ['t1', 'no-event'],
    ['t2', 'no-event'],
  ]);
});

it('posts what it knows of an event to which a newer Relay has added a field', async () => {
  const { run, posted, setAside } = aWorld({ endpoints: { t1: hooks } });
  const newer = JSON.stringify({ text: 'Coucou', ...JSON.parse(eventOf('t1')) });
  expect(await run(about('t1', { body: newer }))).toEqual([]);
  expect(posted.map(({ body }) => body)).toEqual([eventOf('t1')]);
  expect(setAside).toEqual([]);
});

describe('an endpoint that is gone', () => {
  const gone = { result: (): TryResult => ({ kind: 'gone' }) };

  it('is asked no more, by no environment, and its events are counted', async () => {
    const world = aWorld({ endpoints: { t1: hooks }, ...gone });
    expect(await world.run(about('t1'))).toEqual([]);
    expect(await world.run(about('t1'))).toEqual([]);
    const other = aWorld({ endpoints: { t1: hooks }, store: world.store });
    expect(await other.run(about('t1'))).toEqual([]);
    expect([world.posted.length, other.posted.length]).toEqual([1, 0]);
    expect([world.measured, other.measured]).toEqual([
      ['WebhooksDisabled', 'WebhooksDisabled'],
      ['WebhooksDisabled'],
    ]);
  });

  it('is none of another tenant', async () => {
    const world = aWorld({ endpoints: { t1: hooks }, ...gone });
    await world.run(about('t1'));
    const other = aWorld({ endpoints: { t2: hooks }, store: world.store });
    expect(await other.run(about('t2'))).toEqual([]);
    expect(other.posted).toHaveLength(1);
  });

  it('is followed by the next URL that its tenant names, which may be gone as well', async () => {
    const world = aWorld({ endpoints: { t1: hooks }, ...gone });
    await world.run(about('t1'));
    const moved: FoundEndpoint = { kind: 'endpoint', endpoint: { url: 'https://new.example.com/', secrets } };
    const next = aWorld({ endpoints: { t1: moved }, store: world.store, ...gone });
    await next.run(about('t1'));
    await next.run(about('t1'));
    expect(next.posted.map(({ url }) => url)).toEqual(['https://new.example.com/']);
  });

  it('is not taken for disabled when that could not be written: the event comes back', async () => {
    const store = { ...inMemoryFleetStore(() => 0), replace: () => Promise.reject(new Error('down')) };
    const world = aWorld({ endpoints: { t1: hooks }, store, ...gone });
    expect(await world.run(about('t1'))).toEqual(['t1']);
  });

  it('is not taken for disabled when another wrote its record at every try: the event comes back', async () => {
    const replace = async () => ({ kind: 'changed', current: undefined }) as const;
    const store = { ...inMemoryFleetStore(() => START_MS), replace };
    const { run, measured } = aWorld({ endpoints: { t1: hooks }, store, ...gone });
    expect(await run(about('t1'))).toEqual(['t1']);
    expect(measured).toEqual(['webhook comes back']);
  });

  it('is asked while nobody can say whether it is gone', async () => {
    const store = { ...inMemoryFleetStore(() => 0), list: () => Promise.reject(new Error('down')) };
    const world = aWorld({ endpoints: { t1: hooks }, store });
    expect(await world.run(about('t1'))).toEqual([]);
    expect(world.posted).toHaveLength(1);
  });
});
