import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { laneNames } from '../../lib/pipeline/lane.ts';
import { aMessage } from '../builders.ts';
import {
  allRows,
  deadLetters,
  eventually,
  type LocalRelay,
  queueUrl,
  startLocalRelay,
} from './local-relay.ts';

jest.setTimeout(60_000);

/** Stands for anything that only the persons concerned may read. */
const CANARY = 'canary-5e1f';

const forms = [
  CANARY,
  CANARY.toUpperCase(),
  Buffer.from(CANARY).toString('base64').replaceAll('=', ''),
  Buffer.from(CANARY).toString('hex'),
];

/** A provider that says back what it was sent, in answers, in errors and in what cannot be parsed. */
const replies: ((response: ServerResponse) => void)[] = [
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

const json = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

let provider: Server;
let relay: LocalRelay;

beforeAll(async () => {
  let calls = 0;
  provider = createServer((_request, response) => replies[calls++ % replies.length]?.(response));
  await once(provider.listen(0, '127.0.0.1'), 'listening');
  const address = provider.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  relay = await startLocalRelay(['--no-sample'], { OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` });
});

afterAll(async () => {
  await relay.stop();
  provider.close();
});

const canaryMessage = (lane: (typeof laneNames)[number]) =>
  aMessage({
    jobId: `${CANARY}.${randomUUID()}`,
    tenantId: `tenant ${CANARY}`,
    creatorId: CANARY,
    subjectRefs: [CANARY],
    priority: lane,
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
        correlationId: attribute(CANARY),
        traceparent: attribute(CANARY),
        note: attribute(CANARY),
      },
    }),
  );

it('what a person wrote, or is called, is in no log line, metric, error or dead-letter reason', async () => {
  const jobs = laneNames.flatMap((lane) => replies.map(() => canaryMessage(lane)));
  await Promise.all(jobs.map((job) => sendCanary(job.priority, JSON.stringify(job))));
  const bad = [
    CANARY,
    JSON.stringify({ ...canaryMessage('low'), [CANARY]: CANARY }),
    JSON.stringify({
      ...canaryMessage('low'),
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
  expect(JSON.stringify(rows)).toContain(CANARY);
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
  for (const [sink, content] of Object.entries(sinks)) {
    for (const form of forms) expect({ sink, holds: content.includes(form) }).toEqual({ sink, holds: false });
  }
});
