import type { ModelFailure, ModelReply, ModelRequest, Usage } from '../../../lib/pipeline/model/model.ts';
import { createAnthropic } from '../../../lib/runtime/providers/anthropic-messages.ts';
import { messageEvents } from './message-events.ts';
import {
  complete,
  failure,
  json,
  request,
  type Script,
  startWireServer,
  stream,
  type WireServer,
} from './wire.ts';

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterAll(() => server.stop());

const anthropic = () => createAnthropic({ baseUrl: server.url, key: 'sk-ant-test' });

const wireUsage = {
  input_tokens: 200,
  cache_read_input_tokens: 1000,
  cache_creation_input_tokens: 300,
  output_tokens: 250,
  output_tokens_details: { thinking_tokens: 100 },
  service_tier: 'standard',
};
const usage: Usage = {
  inputTokens: 1500,
  cachedInputTokens: 1000,
  cacheWriteTokens: 300,
  outputTokens: 250,
  reasoningTokens: 100,
};

const textBlock = (text: string) => ({ type: 'text', text });

/** A message as the API sends it, with what a test changes in it. */
const message = (changes: Record<string, unknown> = {}) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-haiku-5-5',
  content: [{ type: 'thinking', thinking: 'hm', signature: 's' }, textBlock('Je vais bien !')],
  stop_reason: 'end_turn',
  stop_sequence: null,
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

const billedFailure = (kind: ModelFailure['kind'], code: string): ModelReply => ({
  kind: 'failure',
  failure: { kind, code },
  usage,
  servedTier: 'default',
});

describe('the request', () => {
  it('holds what was asked for and carries nothing else', async () => {
    server.play(json(message()));
    await complete(anthropic(), { ...request, effort: 'high', maxOutputTokens: 400, tier: 'priority' });
    expect(server.received).toHaveLength(1);
    expect(server.received[0]).toMatchObject({
      method: 'POST',
      path: '/v1/messages',
      headers: {
        'x-api-key': 'sk-ant-test',
        'anthropic-version': '2023-06-01',
        traceparent: request.traceparent,
      },
    });
    expect(server.received[0]?.body).toStrictEqual({
      model: 'model-1',
      max_tokens: 400,
      system: [{ type: 'text', text: 'You are Lina.', cache_control: { type: 'ephemeral' } }],
      messages: request.turns,
      service_tier: 'auto',
      stream: true,
      output_config: { effort: 'high' },
    });
  });

  it('has an output limit even when none was asked for: the API demands one', async () => {
    server.play(json(message()));
    const { instructions: _, ...bare } = request;
    await complete(anthropic(), bare);
    const body = {
      model: 'model-1',
      max_tokens: 4096,
      messages: request.turns,
      service_tier: 'standard_only',
      stream: true,
    };
    expect(server.received[0]?.body).toStrictEqual(body);
  });

  it.each<[Partial<ModelRequest>, object]>([
    [{ effort: 'minimal' }, { output_config: { effort: 'low' } }],
    [{ effort: 'medium' }, { output_config: { effort: 'medium' } }],
    [{ tier: 'flex' }, { service_tier: 'standard_only' }],
  ])('says %j as %j', async (asked, said) => {
    server.play(json(message()));
    await complete(anthropic(), { ...request, ...asked });
    expect(server.received[0]?.body).toMatchObject(said);
  });

  it('is not made without a key', async () => {
    server.play(json(message()));
    const keyless = createAnthropic({ baseUrl: server.url, key: '' });
    expect(await complete(keyless)).toEqual(failure('misconfigured', 'key-missing'));
    expect(server.received).toHaveLength(0);
  });
});

const replies: [name: string, body: ReturnType<typeof message>, reply: ModelReply][] = [
  ['a finished turn is an answer', message(), answer()],
  ['a stop sequence is an answer', message({ stop_reason: 'stop_sequence' }), answer()],
  [
    'texts of several blocks are joined',
    message({ content: [textBlock('Je vais '), textBlock('bien !')] }),
    answer(),
  ],
  [
    'usage without a cache has none cached',
    message({ usage: { input_tokens: 10, output_tokens: 5, service_tier: 'priority' } }),
    answer({
      usage: {
        inputTokens: 10,
        cachedInputTokens: 0,
        cacheWriteTokens: 0,
        outputTokens: 5,
        reasoningTokens: 0,
      },
      servedTier: 'priority',
    }),
  ],
  [
    'no tier is unknown',
    message({ usage: { ...wireUsage, service_tier: null } }),
    answer({ servedTier: 'unknown' }),
  ],
  [
    'a batch tier is unknown',
    message({ usage: { ...wireUsage, service_tier: 'batch' } }),
    answer({ servedTier: 'unknown' }),
  ],
  [
    'an answer cut at the output limit is a billed failure',
    message({ stop_reason: 'max_tokens' }),
    billedFailure('invalid', 'output-limit'),
  ],
  [
    'an answer cut at the context window is a billed failure',
    message({ stop_reason: 'model_context_window_exceeded' }),
    billedFailure('invalid', 'context-too-long'),
  ],
  [
    'a refusal is a billed refusal',
    message({ stop_reason: 'refusal', content: [] }),
    billedFailure('refused', 'model-refused'),
  ],
  [
    'a tool call is malformed: none was offered',
    message({ stop_reason: 'tool_use' }),
    billedFailure('transient', 'malformed-reply'),
  ],
  [
    'a paused turn is malformed: no server tool was offered',
    message({ stop_reason: 'pause_turn' }),
    billedFailure('transient', 'malformed-reply'),
  ],
  [
    'a stop reason of tomorrow is malformed',
    message({ stop_reason: 'compaction' }),
    billedFailure('transient', 'malformed-reply'),
  ],
  [
    'no stop reason is malformed',
    message({ stop_reason: null }),
    billedFailure('transient', 'malformed-reply'),
  ],
  [
    'an unknown block is malformed',
    message({ content: [textBlock('hi'), { type: 'hologram' }] }),
    billedFailure('transient', 'malformed-reply'),
  ],
  [
    'a blank text is an empty answer',
    message({ content: [textBlock('  ')] }),
    billedFailure('transient', 'empty-answer'),
  ],
  ['no block is an empty answer', message({ content: [] }), billedFailure('transient', 'empty-answer')],
  [
    'more thought than written is no usage',
    message({ usage: { ...wireUsage, output_tokens: 99 } }),
    uncounted,
  ],
  ['a fractional count is no usage', message({ usage: { ...wireUsage, input_tokens: 1.5 } }), uncounted],
  [
    'a count that no answer has is no usage',
    message({ usage: { ...wireUsage, output_tokens: Number.MAX_SAFE_INTEGER } }),
    uncounted,
  ],
  [
    'ten million tokens are believed',
    message({ usage: { ...wireUsage, cache_read_input_tokens: 10_000_000 } }),
    answer({ usage: { ...usage, inputTokens: 10_000_500, cachedInputTokens: 10_000_000 } }),
  ],
  ['one more is not', message({ usage: { ...wireUsage, cache_read_input_tokens: 10_000_001 } }), uncounted],
];

describe.each<[string, (body: ReturnType<typeof message>) => Script]>([
  ['streamed', (body) => stream(...messageEvents(body))],
  ['in one piece', json],
])('the reply %s', (_how, send) => {
  it.each(replies)('%s', async (_name, body, reply) => {
    server.play(send(body));
    expect(await complete(anthropic())).toEqual(reply);
  });
});

const oddPieces: [name: string, body: unknown, reply: ModelReply][] = [
  ['an answer without usage is one', message({ usage: undefined }), uncounted],
  [
    'content of the wrong type is malformed',
    { ...message(), content: 'hi' },
    billedFailure('transient', 'malformed-reply'),
  ],
  [
    'an error with status 200 is malformed when it is no object',
    { type: 'error', error: 'api_error' },
    failure('transient', 'malformed-reply'),
  ],
];

it.each(oddPieces)('%s', async (_name, body, reply) => {
  server.play(json(body));
  expect(await complete(anthropic())).toEqual(reply);
});
