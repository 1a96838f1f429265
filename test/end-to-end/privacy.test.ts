import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { createCircuits } from '../../lib/pipeline/fleet/circuits.ts';
import type { JobMessage } from '../../lib/pipeline/job/job-message.ts';
import { type LaneName, laneNames } from '../../lib/pipeline/job/lane.ts';
import type { ModelName } from '../../lib/pipeline/model/model.ts';
import { createDynamoDbFleetStore } from '../../lib/runtime/dynamodb-fleet-store.ts';
import { systemClock } from '../../lib/runtime/system-clock.ts';
import { aMessage } from '../builders.ts';
import {
  allRows,
  deadLetters,
  eventually,
  type LocalRelay,
  queueUrl,
  startLocalRelay,
} from './local-relay.ts';

/** Stand for anything that only the persons concerned may read: a word, and an account's UUID without its end. */
const CANARY = 'canary-5e1f';
const CANARY_UUID = '5e1fca11-0b5e-4c0d-8b1a-';

const forms = [
  CANARY,
  CANARY.toUpperCase(),
  Buffer.from(CANARY.slice(0, 9)).toString('base64'), // whole groups of 3 bytes: the same whatever follows
  Buffer.from(CANARY).toString('hex'),
  CANARY_UUID,
  CANARY_UUID.toUpperCase(),
  CANARY_UUID.replaceAll('-', ''),
];

type Reply = (response: ServerResponse) => void;

/** Providers that say back what they were sent, in answers, in errors and in what cannot be parsed. */
const openAiReplies: [answer: Reply, ...others: Reply[]] = [
  (response) =>
    json(response, 200, {
      status: 'completed',
      service_tier: 'default',
      output: [
        { type: 'message', content: [{ type: 'output_text', text: `Bonsoir ${CANARY}`, annotations: [] }] },
      ],
      usage: {
        input_tokens: 5,
        output_tokens: 5,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens_details: { reasoning_tokens: 0 },
      },
    }),
  (response) => json(response, 400, { error: { code: 'invalid_prompt', message: `Prompt was: ${CANARY}` } }),
  (response) => json(response, 401, { error: { code: CANARY, message: `Key of ${CANARY}` } }),
  (response) => json(response, 429, { error: { code: 'insufficient_quota', message: CANARY } }),
  (response) => json(response, 200, { status: CANARY, output: CANARY }),
  (response) => response.writeHead(200).end(`{"${CANARY}`),
  (response) => response.writeHead(502).end(`<html>${CANARY}</html>`),
];

const anthropicMessage = (changes: Record<string, unknown>) => ({
  type: 'message',
  content: [{ type: 'text', text: `Bonsoir ${CANARY}` }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 5, output_tokens: 5, service_tier: 'standard' },
  ...changes,
});

const anthropicError = (type: string, message: string) => ({ type: 'error', error: { type, message } });

const anthropicReplies: [answer: Reply, ...others: Reply[]] = [
  (response) => json(response, 200, anthropicMessage({})),
  (response) =>
    json(response, 400, anthropicError('invalid_request_error', `messages.0: Je m'appelle ${CANARY}`)),
  (response) =>
    json(
      response,
      400,
      anthropicError('invalid_request_error', `Output blocked by content filtering: ${CANARY}`),
    ),
  (response) => json(response, 403, anthropicError(CANARY, CANARY)),
  (response) => json(response, 200, anthropicMessage({ stop_reason: 'refusal' })),
  (response) => json(response, 200, anthropicMessage({ stop_reason: CANARY })),
  (response) =>
    response
      .writeHead(529, { 'retry-after': CANARY, [CANARY]: CANARY })
      .end(`{"error":{"message":"${CANARY}"}}`),
];

const json = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

let provider: Server;
let relay: LocalRelay;

/** Every reply as often as jobs come for it, then answers only, so that second calls are soon over. */
const script = ([answer, ...others]: [Reply, ...Reply[]], times: number) => {
  const left = Array.from({ length: times }, () => [answer, ...others]).flat();
  return (response: ServerResponse) => (left.shift() ?? answer)(response);
};

beforeAll(async () => {
  const openAi = script(openAiReplies, laneNames.length);
  const anthropic = script(anthropicReplies, 1);
  provider = createServer(({ url }, response) => (url === '/v1/messages' ? anthropic : openAi)(response));
  await once(provider.listen(0, '127.0.0.1'), 'listening');
  const address = provider.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : undefined}`;
  relay = await startLocalRelay(['--no-sample'], {
    OPENAI_BASE_URL: `${origin}/v1`,
    ANTHROPIC_BASE_URL: origin,
  });
  await holdCircuitsClosed();
});

/** A circuit that opened would keep the jobs after it from hearing what their provider has to say. */
const holdCircuitsClosed = async () => {
  const store = createDynamoDbFleetStore({
    client: relay.dynamodb,
    tableName: 'relay-local-fleet',
    now: Date.now,
  });
  const circuits = createCircuits({ store, clock: systemClock, chance: { newId: randomUUID } });
  await circuits.hold({ provider: 'openai', modelId: 'gpt-5-nano' }, 'closed', 'test');
  await circuits.hold({ provider: 'anthropic', modelId: 'claude-haiku-5-5' }, 'closed', 'test');
};

afterAll(async () => {
  await relay.stop();
  provider.close();
});

let ids = 0;

/**
 * The three ways in which a producer may name a job, in turn. Each job is another creator's, who is called by a
 * word or by a UUID: one creator's jobs share 10 starts a minute.
 */
const identity = (): Pick<JobMessage, 'jobId' | 'idempotencyKey' | 'creatorId'> => {
  ids += 1;
  const word = `${CANARY}.${ids}`;
  const uuid = `${CANARY_UUID}${String(ids).padStart(12, '0')}`;
  const name = [{ jobId: word }, { jobId: uuid }, { idempotencyKey: `${CANARY} ${uuid}` }][ids % 3];
  return { ...name, creatorId: ids % 2 === 0 ? word : uuid };
};

const canaryMessage = (priority: LaneName, model: ModelName) =>
  aMessage({
    ...identity(),
    tenantId: `tenant ${CANARY}`,
    subjectRefs: [CANARY, `${CANARY_UUID}${'0'.repeat(12)}`],
    priority,
    model,
    input: { instructions: CANARY, messages: [{ role: 'user', content: `Je m'appelle ${CANARY}` }] },
    metadata: { [CANARY]: CANARY },
  });

const attribute = (StringValue: string) => ({ DataType: 'String', StringValue });

const sendCanary = (lane: string, body: string) =>
  relay.sqs.send(
    new SendMessageCommand({
      QueueUrl: queueUrl(relay, `relay-local-${lane}`),
      MessageBody: body,
      MessageAttributes: {
        correlationId: attribute(`${CANARY_UUID}${'0'.repeat(12)}`),
        traceparent: attribute(CANARY),
        note: attribute(CANARY),
      },
    }),
  );

it('what a person wrote, or is called, is in no log line, metric, error or dead-letter reason', async () => {
  const jobs = [
    ...laneNames.flatMap((lane) => openAiReplies.map(() => canaryMessage(lane, 'gpt-5-nano'))),
    ...anthropicReplies.map((_, index) =>
      canaryMessage(laneNames[index % laneNames.length] ?? 'low', 'claude'),
    ),
  ];
  await Promise.all(jobs.map((job) => sendCanary(job.priority, JSON.stringify(job))));
  const bad = [
    CANARY,
    JSON.stringify({ ...canaryMessage('low', 'claude'), [CANARY]: CANARY }),
    JSON.stringify({
      ...canaryMessage('low', 'claude'),
      priority: CANARY,
      options: { [CANARY]: 1 },
      metadata: { [CANARY]: 1 },
    }),
  ];
  await Promise.all(bad.map((body) => sendCanary('low', body)));

  const rows = await eventually(async () => {
    const found = await allRows(relay);
    const ended = found.filter(({ status }) => status !== 'queued' && status !== 'running');
    return ended.length === jobs.length ? ended : undefined;
  });
  const letters = await deadLetters(relay, 'low', bad.length);
  await relay.stop();

  // The store holds it, as it must: the look into the other sinks would be worthless if the run had not carried it.
  for (const form of [CANARY, CANARY_UUID]) expect(JSON.stringify(rows)).toContain(form);
  // And it would be worth little if a provider had not been heard out.
  for (const code of [
    'request-rejected',
    'content-policy',
    'credentials-rejected',
    'model-refused',
    'overloaded',
  ])
    expect(JSON.stringify(rows)).toContain(`"code":"${code}"`);
  const log = readFileSync(relay.logFile, 'utf8');
  expect(log.match(/"message":"job (ended|deferred)"/g)?.length).toBeGreaterThanOrEqual(jobs.length);
  expect(log).toContain('"_aws"');

  const reasons = letters.map(({ MessageAttributes: about }) => [
    about?.reason?.StringValue,
    about?.detail?.StringValue,
  ]);
  expect(reasons.flat().every((text) => text !== undefined && text.length > 0)).toBe(true);
  const attempts = rows.map((row) => row.attempts);
  const sinks = {
    log,
    printed: relay.output(),
    reasons: JSON.stringify(reasons),
    attempts: JSON.stringify(attempts),
  };
  const jobIds = rows.map(({ jobId }) => String(jobId)); // of those with an idempotency key, a hash
  for (const [sink, content] of Object.entries(sinks)) {
    for (const form of [...forms, ...jobIds])
      expect({ sink, holds: content.includes(form) }).toEqual({ sink, holds: false });
  }
});
