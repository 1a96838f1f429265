import type { ModelReply } from '../../../lib/pipeline/model/model.ts';
import { createAzureOpenAi, createOpenAi } from '../../../lib/runtime/providers/openai-responses.ts';
import {
  abortMidBody,
  abortMidway,
  complete,
  event,
  failure,
  json,
  request,
  type Script,
  SENTENCE,
  startWireServer,
  stream,
  transportCases,
  type WireServer,
  watch,
} from './wire.ts';

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterAll(() => server.stop());

const openAi = () => createOpenAi({ baseUrl: `${server.url}/v1`, key: 'sk-test' });
const azure = () => createAzureOpenAi({ baseUrl: server.url, key: 'az-test' });

const error = (
  status: number,
  code: string | null,
  type: string | null = null,
  rest: Record<string, unknown> = {},
) => json({ error: { message: SENTENCE, type, param: null, code, ...rest } }, status);

const errors: [name: string, script: Script, reply: ModelReply][] = [
  ['429 rate limit', error(429, 'rate_limit_exceeded', 'requests'), failure('throttled', 'rate-limited')],
  ['429 slow down', error(429, 'slow_down', 'rate_limit_error'), failure('throttled', 'slow-down')],
  ['503 slow down', error(503, 'slow_down'), failure('throttled', 'slow-down')],
  ['429 flex without capacity', error(429, 'flex_unavailable'), failure('throttled', 'capacity')],
  ['429 resource unavailable', error(429, 'resource_unavailable'), failure('throttled', 'capacity')],
  ['429 quota', error(429, 'insufficient_quota', 'insufficient_quota'), failure('money', 'quota-exhausted')],
  [
    '429 quota by its type alone',
    error(429, null, 'insufficient_quota'),
    failure('money', 'quota-exhausted'),
  ],
  [
    '429 no credit',
    error(429, 'credit_balance_exhausted', 'insufficient_quota'),
    failure('money', 'credit-exhausted'),
  ],
  [
    '429 organization spend limit',
    error(429, 'organization_spend_limit_exceeded'),
    failure('money', 'spend-limit'),
  ],
  ['429 project spend limit', error(429, 'project_spend_limit_exceeded'), failure('money', 'spend-limit')],
  ['429 usage limit', error(429, 'organization_usage_limit_exceeded'), failure('money', 'usage-limit')],
  [
    '429 rate limit typed as quota',
    error(429, 'rate_limit_exceeded', 'insufficient_quota'),
    failure('throttled', 'rate-limited'),
  ],
  ['429 of an unknown code', error(429, '429'), failure('throttled', 'rate-limited')],
  [
    '401',
    error(401, 'invalid_api_key', 'invalid_request_error'),
    failure('misconfigured', 'credentials-rejected'),
  ],
  [
    '403',
    error(403, 'unsupported_country_region_territory'),
    failure('misconfigured', 'credentials-rejected'),
  ],
  [
    '403 of a model not open to the project',
    error(403, 'model_not_found'),
    failure('misconfigured', 'model-not-found'),
  ],
  [
    '404 model',
    error(404, 'model_not_found', 'invalid_request_error'),
    failure('misconfigured', 'model-not-found'),
  ],
  ['404 deployment', error(404, 'DeploymentNotFound'), failure('misconfigured', 'model-not-found')],
  [
    '400 model',
    error(400, 'model_not_found', 'invalid_request_error'),
    failure('misconfigured', 'model-not-found'),
  ],
  [
    '400 tier',
    error(400, null, 'invalid_request_error', { param: 'service_tier' }),
    failure('misconfigured', 'tier-not-supported'),
  ],
  [
    '400 effort',
    error(400, 'unsupported_value', 'invalid_request_error'),
    failure('misconfigured', 'parameter-not-supported'),
  ],
  [
    '400 flagged prompt',
    error(400, 'invalid_prompt', 'invalid_request_error'),
    failure('refused', 'content-policy'),
  ],
  [
    '400 content filter',
    error(400, 'content_filter', null, { status: 400 }),
    failure('refused', 'content-policy'),
  ],
  [
    '400 content filter by its inner error',
    error(400, null, null, { innererror: { code: 'ResponsibleAIPolicyViolation' } }),
    failure('refused', 'content-policy'),
  ],
  [
    '400 context',
    error(400, 'context_length_exceeded', 'invalid_request_error'),
    failure('invalid', 'context-too-long'),
  ],
  ['400 other', error(400, null, 'invalid_request_error'), failure('invalid', 'request-rejected')],
  ['413', error(413, null), failure('invalid', 'request-too-large')],
  ['422', error(422, null), failure('invalid', 'request-rejected')],
  ['408', error(408, null), failure('transient', 'provider-timeout')],
  ['409', error(409, null), failure('transient', 'conflict')],
  ['500', error(500, null, 'server_error'), failure('transient', 'provider-error')],
  ['503', error(503, null), failure('transient', 'provider-error')],
  ['504', error(504, null), failure('transient', 'provider-timeout')],
  [
    'an error of the wrong types',
    json({ error: { code: {}, type: [], param: 1 } }, 429),
    failure('throttled', 'rate-limited'),
  ],
  ['an error that is a sentence', json({ error: SENTENCE }, 500), failure('transient', 'provider-error')],
  [
    'an error named like a method of objects',
    error(500, 'constructor'),
    failure('transient', 'provider-error'),
  ],
];

describe('an error', () => {
  it.each(errors)('%s', async (_name, script, reply) => {
    server.play(script);
    expect(await complete(openAi())).toMatchObject(reply);
    expect(await complete(azure())).toMatchObject(reply);
  });

  it.each(transportCases)('%s', async (_name, script, reply) => {
    server.play(script);
    expect(await complete(openAi())).toMatchObject(reply);
    expect(server.received).toHaveLength(1);
  });

  it('by abort is a timeout, before and during the reply', async () => {
    expect(await abortMidway(server, openAi())).toEqual(failure('transient', 'timeout'));
    expect(await abortMidBody(server, openAi())).toEqual(failure('transient', 'timeout'));
    expect(await abortMidBody(server, openAi(), 500)).toEqual(failure('transient', 'timeout'));
    const aborted = watch(AbortSignal.abort());
    expect(await openAi().complete(request, aborted)).toEqual(failure('transient', 'timeout'));
  });
});

const fields = (code: string | null, type: string, param: string | null = null) => ({
  code,
  type,
  param,
  message: SENTENCE,
});

const streamErrors: [name: string, event: string, reply: ModelReply][] = [
  [
    'as documented',
    event('error', { code: 'rate_limit_exceeded', message: SENTENCE, param: null, sequence_number: 2 }),
    failure('throttled', 'rate-limited'),
  ],
  [
    'as sent',
    event('error', { error: fields('rate_limit_exceeded', 'tokens'), sequence_number: 2 }),
    failure('throttled', 'rate-limited'),
  ],
  [
    'of Azure',
    event('error', { error: fields('too_many_requests', 'too_many_requests') }),
    failure('throttled', 'rate-limited'),
  ],
  [
    'without credit',
    event('error', { error: fields('credit_balance_exhausted', 'insufficient_quota') }),
    failure('money', 'credit-exhausted'),
  ],
  [
    'without a code',
    event('error', { error: fields(null, 'service_unavailable_error') }),
    failure('transient', 'provider-error'),
  ],
  [
    'of the request',
    event('error', { error: fields(null, 'invalid_request_error') }),
    failure('invalid', 'request-rejected'),
  ],
  [
    'of the tier',
    event('error', { error: fields(null, 'invalid_request_error', 'service_tier') }),
    failure('misconfigured', 'tier-not-supported'),
  ],
  ['that says nothing', event('error'), failure('transient', 'provider-error')],
  ['that is no JSON', `event: error\ndata: ${SENTENCE}\n\n`, failure('transient', 'provider-error')],
];

describe('an error inside a stream', () => {
  it.each(streamErrors)('%s', async (_name, error, reply) => {
    server.play(stream(event('response.created'), error));
    expect(await complete(openAi())).toMatchObject(reply);
  });
});
