import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { laneNames } from '../../lib/pipeline/job/lane.ts';
import {
  allRows,
  deadLetters,
  endedRow,
  eventually,
  type LocalRelay,
  messageFromNewCreator,
  messagesIn,
  queueUrl,
  rowsOf,
  send,
  startLocalRelay,
} from './local-relay.ts';

let relay: LocalRelay;
beforeAll(async () => {
  relay = await startLocalRelay(['--no-sample', '--instant']);
});
afterAll(() => relay.stop());

const usageReport = z.object({ records: z.array(z.object({ traceId: z.string().optional() })) });

const callsOf = async (traceId: string): Promise<number> => {
  const reply = await fetch(`${relay.endpoints.models}/control/usage`);
  const { records } = usageReport.parse(await reply.json());
  return records.filter((record) => record.traceId === traceId).length;
};

/** Bodies are compared by digest: a difference in 300 KB of text helps nobody. */
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const faults = (rules: unknown[]) =>
  fetch(`${relay.endpoints.models}/control/faults`, { method: 'PUT', body: JSON.stringify(rules) });

/** What the lanes ask for and OpenAI sells of gpt-5-nano, which it does not sell at priority. */
const NANO_TIERS = { critical: 'default', high: 'default', medium: 'default', low: 'flex' } as const;

describe('a job sent to a lane by any SDK', () => {
  it.each(laneNames)('is answered in lane %s and found by its jobId', async (lane) => {
    const jobId = randomUUID();
    await send(relay, lane, messageFromNewCreator({ jobId, priority: lane }));
    expect(await endedRow(relay, jobId)).toMatchObject({
      jobId,
      tenantId: 'tenant-a',
      lane,
      status: 'succeeded',
      answer: { sealed: expect.any(Uint8Array), aiGenerated: true, model: 'gpt-5-nano', provider: 'openai' },
      attempts: [
        { outcome: 'answer', usage: { inputTokens: expect.any(Number) }, servedTier: NANO_TIERS[lane] },
      ],
      costMicroUsd: expect.any(Number),
    });
  });

  it('is named after its message when it has no jobId', async () => {
    const { MessageId = '' } = await relay.sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl(relay, 'relay-local-critical'),
        MessageBody: JSON.stringify(messageFromNewCreator({ model: 'claude' })),
      }),
    );
    expect(await endedRow(relay, MessageId)).toMatchObject({ answer: { provider: 'anthropic' } });
  });

  it('carries trace and correlation from the producer to the result and to the provider', async () => {
    const jobId = randomUUID();
    const traceId = jobId.replaceAll('-', '');
    await relay.sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl(relay, 'relay-local-critical'),
        MessageBody: JSON.stringify(messageFromNewCreator({ jobId })),
        MessageAttributes: {
          traceparent: { DataType: 'String', StringValue: `00-${traceId}-b7ad6b7169203331-01` },
          correlationId: { DataType: 'String', StringValue: 'order-7' },
        },
      }),
    );
    expect(await endedRow(relay, jobId)).toMatchObject({ traceId, correlationId: 'order-7' });
    expect(await callsOf(traceId)).toBe(1);
    expect(readFileSync(relay.logFile, 'utf8')).toContain(traceId);
  });

  it('is paid for once, however often and wherever it is delivered', async () => {
    const jobId = randomUUID();
    const body = messageFromNewCreator({ jobId });
    await Promise.all([...laneNames, ...laneNames].map((lane) => send(relay, lane, body)));
    const row = await endedRow(relay, jobId);
    await eventually(async () => {
      const left = await Promise.all(laneNames.map((lane) => messagesIn(relay, `relay-local-${lane}`)));
      return left.every((count) => count === 0) ? true : undefined;
    });
    expect(await callsOf(String(row.traceId))).toBe(1);
    expect(await rowsOf(relay, jobId)).toHaveLength(1);
  });

  it('is the same job when its tenant repeats an idempotency key, and another tenant has one of its own', async () => {
    const key = randomUUID();
    await send(relay, 'critical', messageFromNewCreator({ tenantId: 'tenant-k1', idempotencyKey: key }));
    await send(
      relay,
      'high',
      messageFromNewCreator({ tenantId: 'tenant-k1', idempotencyKey: key, model: 'claude' }),
    );
    await send(relay, 'high', messageFromNewCreator({ tenantId: 'tenant-k2', idempotencyKey: key }));
    const rows = await eventually(async () => {
      const found = (await allRows(relay)).filter(({ tenantId }) => String(tenantId).startsWith('tenant-k'));
      return found.length >= 2 && found.every(({ status }) => status === 'succeeded') ? found : undefined;
    });
    expect(rows.map(({ tenantId }) => tenantId).sort()).toEqual(['tenant-k1', 'tenant-k2']);
  });

  it('belongs to its tenant: the same jobId of two tenants is two jobs', async () => {
    const jobId = randomUUID();
    await send(relay, 'critical', messageFromNewCreator({ jobId, tenantId: 'tenant-x' }));
    await send(relay, 'critical', messageFromNewCreator({ jobId, tenantId: 'tenant-y' }));
    const rows = await eventually(async () => {
      const found = await rowsOf(relay, jobId);
      return found.length === 2 && found.every(({ status }) => status === 'succeeded') ? found : undefined;
    });
    expect(rows.map(({ tenantId }) => tenantId)).toEqual(['tenant-x', 'tenant-y']);
  });

  it('expires unbilled when its deadline passed before it was taken', async () => {
    const jobId = randomUUID();
    await send(relay, 'low', messageFromNewCreator({ jobId, deadlineAt: '2026-01-01T00:00:00Z' }));
    expect(await endedRow(relay, jobId)).toMatchObject({
      status: 'expired',
      reason: 'deadline-passed',
      attempts: [],
      costMicroUsd: 0,
    });
  });
});

describe('a lane with a service tier of its own', () => {
  const full = { kind: 'status', status: 429, code: 'resource_unavailable' };
  afterEach(() => faults([]));

  it('asks again at the default tier, for a job whose deadline is near, when flex is full', async () => {
    await faults([{ id: 'full', match: { tier: 'flex' }, fault: full }]);
    const jobId = randomUUID();
    const deadlineAt = new Date(Date.now() + 45_000).toISOString();
    await send(relay, 'low', messageFromNewCreator({ jobId, deadlineAt }));
    expect(await endedRow(relay, jobId)).toMatchObject({
      status: 'succeeded',
      answer: { model: 'gpt-5-nano', provider: 'openai' },
      attempts: [
        { code: 'capacity', askedTier: 'flex', costMicroUsd: 0 },
        { outcome: 'answer', servedTier: 'default' },
      ],
    });
  });

  it('waits for flex, unbilled, while the job has time', async () => {
    await faults([{ id: 'full', match: { tier: 'flex', times: 1 }, fault: full }]);
    const jobId = randomUUID();
    await send(relay, 'low', messageFromNewCreator({ jobId }));
    expect(await endedRow(relay, jobId)).toMatchObject({
      status: 'succeeded',
      attempts: [{ outcome: 'answer', servedTier: 'flex' }],
      runsCharged: 1,
    });
  });
});

describe('what is no job', () => {
  it('ends in the dead-letter queue of its lane once, with a reason, and disturbs nothing else', async () => {
    const bad: [string, string, string][] = [
      ['hello', 'not-json', 'the message is not a JSON document'],
      [
        JSON.stringify({ ...messageFromNewCreator(), surprise: 1 }),
        'invalid',
        'the message has 1 unknown field(s)',
      ],
      [
        JSON.stringify(messageFromNewCreator({ options: { timeoutMs: 61_000 } })),
        'invalid',
        'options.timeoutMs is above its maximum of 60000',
      ],
      [
        JSON.stringify(
          messageFromNewCreator({ input: { messages: [{ role: 'user', content: 'x'.repeat(300 * 1024) }] } }),
        ),
        'too-large',
        'the message has 307419 bytes, a lane takes 262144',
      ],
    ];
    const good = Array.from({ length: 10 }, () => randomUUID());
    await Promise.all([
      ...bad.map(([body]) => send(relay, 'low', body)),
      ...good.map((jobId) => send(relay, 'low', messageFromNewCreator({ jobId, priority: 'low' }))),
    ]);
    const letters = await deadLetters(relay, 'low', bad.length);
    const told = letters.map(({ Body = '', MessageAttributes: about }) => [
      sha256(Body),
      about?.reason?.StringValue,
      about?.detail?.StringValue,
    ]);
    expect(told.sort()).toEqual(bad.map(([body, ...why]) => [sha256(body), ...why]).sort());
    for (const jobId of good) expect((await endedRow(relay, jobId)).status).toBe('succeeded');
    await eventually(async () => ((await messagesIn(relay, 'relay-local-low')) === 0 ? true : undefined));
    expect(await messagesIn(relay, 'relay-local-low-dlq')).toBe(bad.length);
  });
});

/** Timers and clock do not tick together. */
const CLOCK_GRAIN_MS = 20;

describe('a model that never comes to an end', () => {
  it.each([
    ['gpt-5-nano that says nothing, at 2.5 s', 'silent', {}, 'silent', 2_500],
    ['gpt-5-nano that goes on, at its own 15 s', 'stalled', {}, 'timeout', 15_000],
    ['a request that asks for 6 s', 'stalled', { options: { timeoutMs: 6_000 } }, 'own-timeout', 6_000],
  ])('is given up, and the next one answers: %s', async (_case, fault, changes, code, limitMs) => {
    await faults([{ id: fault, match: { times: 1 }, fault: { kind: fault } }]);
    const jobId = randomUUID();
    await send(relay, 'critical', messageFromNewCreator({ jobId, ...changes }));
    const row = await endedRow(relay, jobId);
    expect(row).toMatchObject({
      status: 'succeeded',
      answer: { source: 'model', model: 'claude' },
      attempts: [{ outcome: 'transient', code }, { outcome: 'answer' }],
    });
    const [{ durationMs }] = row.attempts as [{ durationMs: number }];
    expect(durationMs).toBeGreaterThanOrEqual(limitMs - CLOCK_GRAIN_MS);
  });
});

describe('a provider that fails', () => {
  it('by refusing the content ends the job after one call', async () => {
    await faults([{ id: 'refusal', match: { times: 1 }, fault: { kind: 'refusal' } }]);
    const jobId = randomUUID();
    await send(relay, 'critical', messageFromNewCreator({ jobId }));
    expect(await endedRow(relay, jobId)).toMatchObject({
      status: 'failed',
      reason: 'refused',
      attempts: [{ outcome: 'refused' }],
    });
  });

  it('for a moment is asked again', async () => {
    await faults([{ id: 'reset', match: { times: 1 }, fault: { kind: 'reset' } }]);
    const jobId = randomUUID();
    await send(relay, 'critical', messageFromNewCreator({ jobId }));
    expect(await endedRow(relay, jobId)).toMatchObject({
      status: 'succeeded',
      attempts: [{ code: 'connection-reset' }, { outcome: 'answer' }],
    });
  });

  it.each([
    ['money', 'gpt-5-mini', 'money'],
    ['credentials', 'gpt-5', 'misconfigured'],
  ] as const)('for want of %s is replaced by the next one', async (kind, model, outcome) => {
    await faults([{ id: kind, match: { times: 1 }, fault: { kind } }]);
    const jobId = randomUUID();
    await send(relay, 'critical', messageFromNewCreator({ jobId, model }));
    expect(await endedRow(relay, jobId)).toMatchObject({
      status: 'succeeded',
      answer: { model: 'claude' },
      attempts: [
        { model, outcome },
        { model: 'claude', outcome: 'answer' },
      ],
    });
  });
});

it('stops cleanly when it is asked to', async () => {
  const other = await startLocalRelay(['--no-sample', '--instant']);
  expect(await other.stop('SIGINT')).toBe(0);
});
