import fc from 'fast-check';
import type { ModelReply, Usage } from '../../../lib/pipeline/model/model.ts';
import { createAzureOpenAi, createOpenAi } from '../../../lib/runtime/providers/openai-responses.ts';
import {
  complete,
  event,
  failure,
  json,
  request,
  type Script,
  SENTENCE,
  startWireServer,
  stream,
  type WireServer,
} from './wire.ts';

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterAll(() => server.stop());

const openAi = () => createOpenAi({ baseUrl: `${server.url}/v1`, key: 'sk-test' });
const azure = () => createAzureOpenAi({ baseUrl: server.url, key: 'az-test' });

const wireUsage = {
  input_tokens: 1500,
  input_tokens_details: { cached_tokens: 1024, cache_write_tokens: 256 },
  output_tokens: 300,
  output_tokens_details: { reasoning_tokens: 192 },
  total_tokens: 1800,
};
const usage: Usage = {
  inputTokens: 1500,
  cachedInputTokens: 1024,
  cacheWriteTokens: 256,
  outputTokens: 300,
  reasoningTokens: 192,
};

const message = (...content: unknown[]) => ({
  id: 'msg_1',
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content,
});
const outputText = (text: string) => ({ type: 'output_text', text, annotations: [], logprobs: [] });
const reasoning = { id: 'rs_1', type: 'reasoning', summary: [] };

/** A response as the API sends it, with what a test changes in it. */
const response = (changes: Record<string, unknown> & { status?: string } = {}) => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1_790_000_000,
  status: 'completed',
  error: null,
  incomplete_details: null,
  model: 'gpt-5-2025-08-07',
  output: [reasoning, message(outputText('Je vais bien !'))],
  service_tier: 'default',
  store: false,
  usage: wireUsage,
  ...changes,
});

const answer = (changes: Partial<Extract<ModelReply, { kind: 'answer' }>> = {}): ModelReply => ({
  kind: 'answer',
  text: 'Je vais bien !',
  usage,
  servedTier: 'default',
  ...changes,
});

/** The answer of a reply whose usage is not believed. */
const uncounted: ModelReply = { kind: 'answer', text: 'Je vais bien !', servedTier: 'unknown' };

const billedFailure = (
  kind: 'transient' | 'throttled' | 'refused' | 'invalid',
  code: string,
): ModelReply => ({
  kind: 'failure',
  failure: { kind, code },
  usage,
  servedTier: 'default',
});

describe('the request', () => {
  it('holds what was asked for, is not stored, and carries nothing else', async () => {
    server.play(json(response()));
    await complete(openAi(), { ...request, effort: 'low', maxOutputTokens: 400, tier: 'flex' });
    expect(server.received).toHaveLength(1);
    expect(server.received[0]).toMatchObject({
      method: 'POST',
      path: '/v1/responses',
      headers: {
        authorization: 'Bearer sk-test',
        traceparent: request.traceparent,
        'content-type': 'application/json',
      },
    });
    expect(server.received[0]?.body).toStrictEqual({
      model: 'model-1',
      instructions: 'You are Lina.',
      input: request.turns,
      store: false,
      stream: true,
      service_tier: 'flex',
      prompt_cache_key: request.cacheGroup,
      max_output_tokens: 400,
      reasoning: { effort: 'low' },
    });
  });

  it('leaves out what was not asked for', async () => {
    server.play(json(response()));
    const { instructions: _, ...bare } = request;
    await complete(openAi(), bare);
    const asked = { model: 'model-1', store: false, stream: true, service_tier: 'default' };
    const body = { ...asked, prompt_cache_key: request.cacheGroup, input: request.turns };
    expect(server.received[0]?.body).toStrictEqual(body);
  });

  it('reaches Azure at its own path, with its own header and the same body', async () => {
    server.play(json(response()));
    await complete(azure(), { ...request, tier: 'priority' });
    expect(server.received[0]).toMatchObject({
      path: '/openai/v1/responses',
      headers: { 'api-key': 'az-test', traceparent: request.traceparent },
      body: { model: 'model-1', store: false, stream: true, service_tier: 'priority' },
    });
    expect(server.received[0]?.headers.authorization).toBeUndefined();
  });

  it('takes a base URL with a slash at its end', async () => {
    server.play(json(response()));
    await complete(createAzureOpenAi({ baseUrl: `${server.url}//`, key: 'k' }));
    expect(server.received[0]?.path).toBe('/openai/v1/responses');
  });

  it.each([
    ['no key', '', 'http://127.0.0.1:1', 'key-missing'],
    ['a key with a line break', 'sk\nx', 'http://127.0.0.1:1', 'key-malformed'],
    ['a base URL that is none', 'sk', 'api.openai.com', 'base-url-malformed'],
  ])('is not made with %s', async (_name, key, baseUrl, code) => {
    expect(await complete(createOpenAi({ baseUrl, key }))).toEqual(failure('misconfigured', code));
  });
});

const replies: [name: string, body: { status: string }, reply: ModelReply][] = [
  ['a complete response is an answer', response(), answer()],
  [
    'texts of several parts and messages are joined',
    response({ output: [message(outputText('Je vais '), outputText('bien')), message(outputText(' !'))] }),
    answer(),
  ],
  [
    'interim commentary is left out',
    response({
      output: [
        { ...message(outputText('Thinking...')), phase: 'commentary' },
        { ...message(outputText('Je vais bien !')), phase: 'final_answer' },
      ],
    }),
    answer(),
  ],
  [
    'usage without details has none cached and none reasoned',
    response({ usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 } }),
    answer({
      usage: {
        inputTokens: 10,
        cachedInputTokens: 0,
        cacheWriteTokens: 0,
        outputTokens: 5,
        reasoningTokens: 0,
      },
    }),
  ],
  [
    'a lesser tier than asked for is seen',
    response({ service_tier: 'flex' }),
    answer({ servedTier: 'flex' }),
  ],
  ['fast is priority', response({ service_tier: 'fast' }), answer({ servedTier: 'priority' })],
  ['a tier of tomorrow is unknown', response({ service_tier: 'ultra' }), answer({ servedTier: 'unknown' })],
  ['no tier is unknown', response({ service_tier: null }), answer({ servedTier: 'unknown' })],
  [
    'an answer cut at the output limit is a billed failure',
    response({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }),
    billedFailure('invalid', 'output-limit'),
  ],
  [
    'an answer stopped by the content filter is a billed refusal',
    response({ status: 'incomplete', incomplete_details: { reason: 'content_filter' } }),
    billedFailure('refused', 'content-policy'),
  ],
  [
    'an answer incomplete for another reason is malformed',
    response({ status: 'incomplete', incomplete_details: { reason: 'tired' } }),
    billedFailure('transient', 'malformed-reply'),
  ],
  [
    "the model's refusal is a billed refusal",
    response({ output: [message({ type: 'refusal', refusal: SENTENCE })] }),
    billedFailure('refused', 'model-refused'),
  ],
  [
    'a response failed by the server is transient',
    response({ status: 'failed', error: { code: 'server_error', message: SENTENCE } }),
    billedFailure('transient', 'provider-error'),
  ],
  [
    'a response failed by the rate limit is throttled',
    response({ status: 'failed', error: { code: 'rate_limit_exceeded', message: SENTENCE }, usage: null }),
    failure('throttled', 'rate-limited'),
  ],
  [
    'a response failed by a flagged prompt is refused',
    response({ status: 'failed', error: { code: 'invalid_prompt', message: SENTENCE } }),
    billedFailure('refused', 'content-policy'),
  ],
  [
    'a response failed for no known reason is transient',
    response({ status: 'failed', error: null }),
    billedFailure('transient', 'provider-error'),
  ],
  [
    'a blank text is an empty answer',
    response({ output: [message(outputText(' \n'))] }),
    billedFailure('transient', 'empty-answer'),
  ],
  [
    'thought without a message is an empty answer',
    response({ output: [reasoning] }),
    billedFailure('transient', 'empty-answer'),
  ],
  ['no output is an empty answer', response({ output: [] }), billedFailure('transient', 'empty-answer')],
  [
    'a message that is incomplete is malformed, though the response is complete',
    response({
      output: [message(outputText('Je vais bien')), { ...message(outputText(' !')), status: 'incomplete' }],
    }),
    billedFailure('transient', 'malformed-reply'),
  ],
  [
    'an incomplete refusal is one',
    response({ output: [{ ...message({ type: 'refusal' }), status: 'incomplete' }] }),
    billedFailure('refused', 'model-refused'),
  ],
  [
    'a tool call is malformed: none was offered',
    response({ output: [{ type: 'function_call', name: 'f', arguments: '{}' }] }),
    billedFailure('transient', 'malformed-reply'),
  ],
  [
    'output of the wrong type is malformed',
    response({ output: 'hi' }),
    billedFailure('transient', 'malformed-reply'),
  ],
  [
    'text of the wrong type is malformed',
    response({ output: [message({ type: 'output_text', text: 7 })] }),
    billedFailure('transient', 'malformed-reply'),
  ],
  ['an answer without usage is one', response({ usage: undefined }), uncounted],
  [
    'more cached than read is no usage',
    response({ usage: { ...wireUsage, input_tokens_details: { cached_tokens: 1501 } } }),
    uncounted,
  ],
  ['a negative count is no usage', response({ usage: { ...wireUsage, output_tokens: -1 } }), uncounted],
  [
    'a count that no prompt has is no usage',
    response({ usage: { ...wireUsage, input_tokens: Number.MAX_SAFE_INTEGER } }),
    uncounted,
  ],
  [
    'ten million tokens are believed',
    response({ usage: { ...wireUsage, input_tokens: 10_000_000 } }),
    answer({ usage: { ...usage, inputTokens: 10_000_000 } }),
  ],
  ['one more is not', response({ usage: { ...wireUsage, input_tokens: 10_000_001 } }), uncounted],
];

/** Only the last event counts: the rest says otherwise. */
const streamed = (body: { status: string }, terminal = `response.${body.status}`): Script =>
  stream(
    event('response.created', { response: response({ status: 'in_progress', output: [] }) }),
    event('response.output_text.delta', { delta: 'not this' }),
    event(terminal, { response: body }),
  );

describe.each<[string, (body: { status: string }) => Script]>([
  ['streamed', streamed],
  ['in one piece', json],
])('the reply %s', (_how, send) => {
  it.each(replies)('%s', async (_name, body, reply) => {
    server.play(send(body));
    expect(await complete(openAi())).toEqual(reply);
  });
});

it('a queued response is malformed: none was asked for', async () => {
  server.play(json(response({ status: 'queued' })));
  expect(await complete(openAi())).toEqual(billedFailure('transient', 'malformed-reply'));
});

it('is a failure for whatever JSON comes back', async () => {
  const anyBody = fc.oneof(
    fc.jsonValue(),
    fc.jsonValue().map((output) => response({ output })),
  );
  const send = fc.constantFrom(json, (body: unknown) =>
    stream(event('response.completed', { response: body })),
  );
  await fc.assert(
    fc.asyncProperty(anyBody, send, async (body, sent) => {
      server.play(sent(body));
      expect((await complete(openAi())).kind).toBe('failure');
    }),
    { numRuns: 150 },
  );
});
