import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { ModelReply, Usage } from '../../../lib/pipeline/model/model.ts';
import { createAnthropic } from '../../../lib/runtime/providers/anthropic-messages.ts';
import { createOpenAi } from '../../../lib/runtime/providers/openai-responses.ts';
import type { Provider } from '../../../lib/runtime/providers/provider.ts';
import { messageEvents } from './message-events.ts';
import {
  abortMidStream,
  complete,
  completeWatched,
  event,
  failure,
  json,
  rawEvent,
  type Script,
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

const response = {
  status: 'completed',
  output: [{ type: 'message', content: [{ type: 'output_text', text: 'Oui !' }] }],
  service_tier: 'default',
  usage: { input_tokens: 10, output_tokens: 5 },
};
const responseEvents = [
  event('response.created', { response: { status: 'in_progress' } }),
  event('keepalive', { sequence_number: 1 }),
  event('response.output_text.delta', { delta: 'Oui' }),
  event('response.output_text.delta', { delta: ' !' }),
  event('response.completed', { response }),
];

const message = {
  type: 'message',
  content: [{ type: 'text', text: 'Oui !' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 10, output_tokens: 5, service_tier: 'standard' },
};

const usage: Usage = {
  inputTokens: 10,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 5,
  reasoningTokens: 0,
};
type Answer = Extract<ModelReply, { kind: 'answer' }>;
const billing: Pick<Answer, 'usage' | 'servedTier'> = { usage, servedTier: 'default' };
const answer: ModelReply = { kind: 'answer', text: 'Oui !', ...billing };

type Api = [name: string, provider: () => Provider, events: string[], signs: number];

/** Of each stream one event is a keep-alive. */
const apis: Api[] = [
  ['OpenAI', openAi, responseEvents, responseEvents.length - 1],
  ['Anthropic', anthropic, messageEvents(message), messageEvents(message).length - 1],
];

/** The last byte of the answer's first word, changed to one that UTF-8 never has. */
const garbled = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  bytes[bytes.lastIndexOf('Oui') + 2] = 0xff;
  return bytes;
};

const withoutNames = (events: readonly string[]) => events.map((text) => text.replace(/^event: .*\n/, ''));

describe.each(apis)('a stream of %s', (_api, provider, events, signs) => {
  it('is heard of at every event but keep-alives', async () => {
    server.play(stream(...events));
    expect(await completeWatched(provider())).toEqual({ reply: answer, signs });
  });

  it('is a stream however its type is written', async () => {
    server.play((reply) => {
      reply.writeHead(200, { 'content-type': 'Text/Event-Stream;charset=UTF-8' }).end(events.join(''));
    });
    expect(await completeWatched(provider())).toEqual({ reply: answer, signs });
  });

  it('is read without the names of its events', async () => {
    server.play(stream(...withoutNames(events), 'data: [DONE]\n\n'));
    expect(await completeWatched(provider())).toEqual({ reply: answer, signs });
  });

  it('is cut when it ends one event early', async () => {
    server.play(stream(...events.slice(0, -1)));
    expect(await complete(provider())).toMatchObject({ failure: { kind: 'transient', code: 'cut' } });
  });

  it('is cut when it ends in the middle of its last event', async () => {
    server.play(stream(events.join('').slice(0, -1)));
    expect(await complete(provider())).toMatchObject({ failure: { kind: 'transient', code: 'cut' } });
  });

  it('is cut when the connection breaks after an event', async () => {
    server.play((reply) => {
      startStream(reply).write(events.slice(0, 2).join(''), () => reply.destroy());
    });
    expect(await complete(provider())).toEqual(failure('transient', 'cut'));
  });

  it.each(['{"type":"response.compl', '', '7', '{}'])(
    'is malformed when its last event is %j',
    async (data) => {
      const name = /^event: (.*)$/m.exec(events.at(-1) ?? '')?.[1] ?? '';
      server.play(stream(...events.slice(0, -1), rawEvent(name, data)));
      expect(await complete(provider())).toMatchObject({
        failure: { kind: 'transient', code: 'malformed-reply' },
      });
    },
  );

  it('is malformed when its text is no UTF-8', async () => {
    server.play((reply) => {
      startStream(reply).end(garbled(events.join('')));
    });
    expect(await complete(provider())).toMatchObject({
      failure: { kind: 'transient', code: 'malformed-reply' },
    });
  });

  it('is too large when one event is, before that event is over', async () => {
    const half = 'x'.repeat(1024 * 1024);
    server.play((reply) => {
      startStream(reply, ...events.slice(0, 1)).write(`data: ${half}${half}`);
    });
    expect(await complete(provider())).toEqual(failure('transient', 'reply-too-large'));
  });

  it('that stalls is given up by abort', async () => {
    expect(await abortMidStream(server, provider(), events.slice(0, 1))).toEqual(
      failure('transient', 'timeout'),
    );
  });

  it('is answered by its last event, whatever follows and whether or not it ends', async () => {
    server.play((reply) => {
      startStream(reply, ...events, event('error', { error: { type: 'api_error' } }));
    });
    expect(await complete(provider())).toEqual(answer);
  });
});

it('a reply in one piece is heard of once', async () => {
  server.play(json(response));
  expect(await completeWatched(openAi())).toEqual({ reply: answer, signs: 1 });
});

it.each<[string, () => Provider, unknown]>([
  ['OpenAI', openAi, response],
  ['Anthropic', anthropic, message],
])('a reply of %s in one piece is malformed when its text is no UTF-8', async (_api, provider, body) => {
  server.play((reply) => {
    reply.writeHead(200, { 'content-type': 'application/json' }).end(garbled(JSON.stringify(body)));
  });
  expect(await complete(provider())).toEqual(failure('transient', 'malformed-reply'));
});

it('an error is not heard of', async () => {
  server.play(json({}, 500));
  expect(await completeWatched(openAi())).toMatchObject({ signs: 0 });
});

it('comments are not heard of', async () => {
  server.play(stream(': OPENROUTER PROCESSING\n\n', ':\n\n'));
  expect(await completeWatched(openAi())).toMatchObject({ signs: 0 });
});

it.each(['response.incomplete', 'response.failed'])(
  'a response that is completed in a %s is malformed, and billed',
  async (name) => {
    server.play(stream(event(name, { response })));
    expect(await complete(openAi())).toEqual({
      kind: 'failure',
      failure: { kind: 'transient', code: 'malformed-reply' },
      ...billing,
    });
  },
);

describe('what is known of the price', () => {
  const events = messageEvents(message);

  it('is nothing before the model stops', async () => {
    server.play(stream(...events.slice(0, -2)));
    expect(await complete(anthropic())).toEqual(failure('transient', 'cut'));
  });

  it('is all once it has stopped, though the message is not over', async () => {
    const { usage, servedTier } = billing;
    server.play(stream(...events.slice(0, -1)));
    expect(await complete(anthropic())).toMatchObject({ failure: { code: 'cut' }, usage, servedTier });
    const overloaded = event('error', { error: { type: 'overloaded_error' } });
    server.play(stream(...events.slice(0, -1), overloaded));
    expect(await complete(anthropic())).toMatchObject({ failure: { code: 'overloaded' }, usage, servedTier });
  });
});

it('a message whose events do not fit is malformed at once', async () => {
  const events = messageEvents(message);
  const [, , open = '', ...others] = events;
  server.play(stream(...events.slice(0, 2), open, open, ...others));
  expect(await complete(anthropic())).toEqual(failure('transient', 'malformed-reply'));
});

describe('the connection', () => {
  /** Calls once, and gives the reply of the server as it is when the call is over. */
  const call = async (script: Script): Promise<ServerResponse> => {
    const { promise, resolve } = Promise.withResolvers<ServerResponse>();
    server.play((reply) => {
      script(reply);
      resolve(reply);
    });
    await complete(openAi());
    return promise;
  };

  it('of a complete reply stays open to be used again', async () => {
    const sockets = new Set<unknown>();
    for (let calls = 0; calls < 3; calls += 1) {
      const reply = await call((it) => startStream(it, ...responseEvents));
      sockets.add(reply.socket);
      const over = once(reply, 'finish');
      reply.end();
      await over;
      await call(json(response)); // by now the end of the first reply has arrived
    }
    expect(sockets.size).toBeLessThan(3);
  });

  it('of a complete reply that does not end is closed', async () => {
    const reply = await call((it) => startStream(it, ...responseEvents));
    await once(reply, 'close');
    expect(reply.writableEnded).toBe(false);
  });

  it('of a malformed reply is closed at once', async () => {
    const reply = await call((it) => startStream(it, rawEvent('response.completed', '{')));
    if (!reply.destroyed) await once(reply, 'close');
    expect(reply.writableEnded).toBe(false);
  });
});
