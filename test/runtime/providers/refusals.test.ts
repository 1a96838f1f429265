import { watchedCall } from '../../../lib/pipeline/dispatch/watched-call.ts';
import type { ModelReply } from '../../../lib/pipeline/model/model.ts';
import { createAnthropic } from '../../../lib/runtime/providers/anthropic-messages.ts';
import { createOpenAi } from '../../../lib/runtime/providers/openai-responses.ts';
import type { Provider } from '../../../lib/runtime/providers/provider.ts';
import { virtualClock } from '../../builders.ts';
import { messageEvents } from './message-events.ts';
import {
  abortMidStream,
  complete,
  event,
  json,
  rawEvent,
  request,
  SENTENCE,
  startStream,
  startWireServer,
  stream,
  type WireServer,
} from './wire.ts';

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterAll(() => server.stop());

const openAi = () => createOpenAi({ baseUrl: server.url, key: 'sk-test' });
const anthropic = () => createAnthropic({ baseUrl: server.url, key: 'sk-ant-test' });

const modelRefused: ModelReply = { kind: 'failure', failure: { kind: 'refused', code: 'model-refused' } };

const refusedMessage = messageEvents({
  content: [{ type: 'text', text: 'I cannot' }],
  stop_reason: 'refusal',
  usage: { input_tokens: 10, output_tokens: 5, service_tier: 'standard' },
});

/** Streams in which the model has refused, but which are not over. */
const refusals: [name: string, provider: () => Provider, events: string[]][] = [
  ['OpenAI, begun', openAi, [event('response.refusal.delta', { delta: SENTENCE })]],
  [
    'OpenAI, said',
    openAi,
    [event('response.created'), event('response.refusal.done', { refusal: SENTENCE })],
  ],
  ['Anthropic', anthropic, refusedMessage.slice(0, -1)],
];

describe.each(refusals)('a refusal of %s', (_name, provider, events) => {
  it.each<[string, readonly string[]]>([
    ['the stream ends', []],
    ['a server error', [event('error', { error: { code: 'server_error', type: 'api_error' } })]],
    ['a response that has failed', [event('response.failed', { response: { status: 'failed' } })]],
    ['an event that is no JSON', [rawEvent('response.completed', '{')]],
  ])('stands when after it comes: %s', async (_what, after) => {
    server.play(stream(...events, ...after));
    expect(await complete(provider())).toMatchObject(modelRefused);
  });

  it('stands when the connection breaks', async () => {
    server.play((reply) => {
      startStream(reply).write(events.join(''), () => reply.destroy());
    });
    expect(await complete(provider())).toMatchObject(modelRefused);
  });

  it('stands when the call is aborted', async () => {
    expect(await abortMidStream(server, provider(), events)).toMatchObject(modelRefused);
  });
});

it('a refusal stands in a call that stalls and is stopped by its limit', async () => {
  const clock = virtualClock();
  const limits = {
    firstEventMs: 1_000,
    betweenEventsMs: 1_000,
    totalMs: 10_000,
    basis: { kind: 'configured' },
  } as const;
  server.play((reply) => {
    startStream(reply, event('response.refusal.done', { refusal: SENTENCE }));
  });
  const { promise: heard, resolve } = Promise.withResolvers<void>();
  const running = watchedCall(clock, limits, (watch) =>
    openAi().complete(request, {
      ...watch,
      heard() {
        watch.heard();
        resolve();
      },
    }),
  );
  await heard;
  await clock.advance(1_000);
  expect(await running).toMatchObject({ reached: 'betweenEvents', reply: modelRefused });
});

it('a refusal without the usage that the API promises is one', async () => {
  const [start = ''] = refusedMessage;
  server.play(stream(start, event('message_delta', { delta: { stop_reason: 'refusal' } })));
  expect(await complete(anthropic())).toEqual(modelRefused);
});

it('a refusal that the whole response takes back is none', async () => {
  const response = {
    status: 'completed',
    output: [{ type: 'message', content: [{ type: 'output_text', text: 'Oui !' }] }],
    usage: { input_tokens: 10, output_tokens: 5 },
  };
  server.play(stream(event('response.refusal.delta'), event('response.completed', { response })));
  expect(await complete(openAi())).toMatchObject({ kind: 'answer', text: 'Oui !' });
});

describe('an error with status 200', () => {
  const policy = { kind: 'refused', code: 'content-policy' };
  const blocked = 'Output blocked by content filtering policy';

  it.each<[string, () => Provider, unknown, object]>([
    ['OpenAI, refused', openAi, { code: 'content_filter' }, policy],
    ['OpenAI, without quota', openAi, { code: 'insufficient_quota' }, { kind: 'money' }],
    ['OpenAI, of no known code', openAi, { message: SENTENCE }, { code: 'provider-error' }],
    ['Anthropic, refused', anthropic, { type: 'invalid_request_error', message: blocked }, policy],
    ['Anthropic, overloaded', anthropic, { type: 'overloaded_error' }, { code: 'overloaded' }],
  ])('is read by its code: %s', async (_name, provider, error, failure) => {
    server.play(json({ error }));
    expect(await complete(provider())).toMatchObject({ kind: 'failure', failure });
    server.play(stream(`data: ${JSON.stringify({ error })}\n\n`));
    expect(await complete(provider())).toMatchObject({ kind: 'failure', failure });
  });
});

it.each<[string, () => Provider]>([
  ['OpenAI', openAi],
  ['Anthropic', anthropic],
])('a 451 of %s is refused, whatever its body says', async (_name, provider) => {
  const refused = { failure: { kind: 'refused', code: 'legal-reasons' }, unbilled: true };
  server.play(json({}, 451));
  expect(await complete(provider())).toMatchObject(refused);
  server.play(json({ error: { message: SENTENCE, code: 'unheard_of' } }, 451));
  expect(await complete(provider())).toMatchObject(refused);
});
