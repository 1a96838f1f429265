import type { ModelReply } from '../../../lib/pipeline/model/model.ts';
import { createAnthropic } from '../../../lib/runtime/providers/anthropic-messages.ts';
import {
  abortMidBody,
  abortMidway,
  complete,
  event,
  failure,
  json,
  type Script,
  SENTENCE,
  startWireServer,
  stream,
  transportCases,
  type WireServer,
} from './wire.ts';

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterAll(() => server.stop());

const anthropic = () => createAnthropic({ baseUrl: server.url, key: 'sk-ant-test' });

const error = (status: number, type: string, rest: Record<string, unknown> = {}): Script =>
  json({ type: 'error', error: { type, message: SENTENCE, ...rest }, request_id: 'req_1' }, status);

const errors: [name: string, script: Script, reply: ModelReply][] = [
  ['429 rate limit', error(429, 'rate_limit_error'), failure('throttled', 'rate-limited')],
  [
    '429 at the spend limit of the tier',
    error(429, 'rate_limit_error', { details: { error_code: 'enforced_spend_limit_reached' } }),
    failure('money', 'spend-limit'),
  ],
  ['402', error(402, 'billing_error'), failure('money', 'payment-required')],
  [
    '400 at a spend limit of ours',
    error(400, 'invalid_request_error', {
      message: 'You have reached your specified API usage limits. canary',
    }),
    failure('money', 'spend-limit'),
  ],
  [
    '400 without credit',
    error(400, 'invalid_request_error', {
      message: 'Your credit balance is too low to access the API. canary',
    }),
    failure('money', 'credit-exhausted'),
  ],
  [
    '400 content filter',
    error(400, 'invalid_request_error', { message: 'Output blocked by content filtering policy' }),
    failure('refused', 'content-policy'),
  ],
  ['400 other', error(400, 'invalid_request_error'), failure('invalid', 'request-rejected')],
  ['401', error(401, 'authentication_error'), failure('misconfigured', 'credentials-rejected')],
  ['403', error(403, 'permission_error'), failure('misconfigured', 'credentials-rejected')],
  ['404', error(404, 'not_found_error'), failure('misconfigured', 'model-not-found')],
  ['409', error(409, 'conflict_error'), failure('transient', 'conflict')],
  ['413', error(413, 'request_too_large'), failure('invalid', 'request-too-large')],
  ['422', error(422, 'invalid_request_error'), failure('invalid', 'request-rejected')],
  ['500', error(500, 'api_error'), failure('transient', 'provider-error')],
  ['504', error(504, 'timeout_error'), failure('transient', 'provider-timeout')],
  ['529', error(529, 'overloaded_error'), failure('transient', 'overloaded')],
  ['529 without a body', json({}, 529), failure('transient', 'overloaded')],
  [
    'an error of the wrong types',
    json({ error: { type: 7, message: {}, details: [] } }, 400),
    failure('invalid', 'request-rejected'),
  ],
];

describe('an error', () => {
  it.each(errors)('%s', async (_name, script, reply) => {
    server.play(script);
    expect(await complete(anthropic())).toMatchObject(reply);
  });

  it.each(transportCases)('%s', async (_name, script, reply) => {
    server.play(script);
    expect(await complete(anthropic())).toMatchObject(reply);
    expect(server.received).toHaveLength(1);
  });

  it('by abort is a timeout, before and during the reply', async () => {
    expect(await abortMidway(server, anthropic())).toEqual(failure('transient', 'timeout'));
    expect(await abortMidBody(server, anthropic())).toEqual(failure('transient', 'timeout'));
    expect(await abortMidBody(server, anthropic(), 500)).toEqual(failure('transient', 'timeout'));
  });

  it('says how long to wait', async () => {
    server.play(json({ error: { type: 'rate_limit_error' } }, 429, { 'retry-after': '12' }));
    expect(await complete(anthropic())).toMatchObject({
      failure: { kind: 'throttled', retryAfterMs: 12_000 },
    });
  });
});

it.each([
  ['overloaded_error', failure('transient', 'overloaded')],
  ['rate_limit_error', failure('throttled', 'rate-limited')],
  ['api_error', failure('transient', 'provider-error')],
  ['unheard_of_error', failure('transient', 'provider-error')],
  ['invalid_request_error', failure('invalid', 'request-rejected')],
  ['authentication_error', failure('misconfigured', 'credentials-rejected')],
])('an %s inside a stream ends it', async (type, reply) => {
  server.play(stream(event('error', { error: { type, message: SENTENCE } })));
  expect(await complete(anthropic())).toMatchObject(reply);
});
