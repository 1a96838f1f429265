import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { ModelFailure, ModelReply, ModelRequest } from '../../../lib/pipeline/model/model.ts';
import type { CallWatch } from '../../../lib/pipeline/ports.ts';
import type { Provider } from '../../../lib/runtime/providers/provider.ts';

/** Stands for whatever a provider's sentence might quote. It must not come out of an adapter. */
export const SENTENCE = 'canary: the prompt said hello';

/** What the server does with the request it got. */
export type Script = (response: ServerResponse) => void;

export type ReceivedRequest = { method: string; path: string; headers: IncomingHttpHeaders; body: unknown };

/** A real HTTP server that answers every request by the script set last. */
export type WireServer = {
  url: string;
  received: ReceivedRequest[];
  play(script: Script): void;
  stop(): Promise<void>;
};

export const startWireServer = async (): Promise<WireServer> => {
  const received: ReceivedRequest[] = [];
  let script: Script = (response) => response.destroy();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    received.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
    script(response);
  });
  const { port } = await listening(server);
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    play(next) {
      received.length = 0;
      script = next;
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};

const listening = (server: Server) =>
  new Promise<AddressInfo>((resolve, reject) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the server has no port'));
      else resolve(address);
    });
  });

export const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Script =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };

/** An event of a stream, as both providers write theirs: its name is repeated in the data. */
export const event = (type: string, fields: Record<string, unknown> = {}): string =>
  rawEvent(type, JSON.stringify({ type, ...fields }));

export const rawEvent = (name: string, data: string): string => `event: ${name}\ndata: ${data}\n\n`;

/** A stream that has the events given and ends. */
export const stream =
  (...events: readonly string[]): Script =>
  (response) => {
    startStream(response, ...events).end();
  };

/** A stream that stays open. */
export const startStream = (response: ServerResponse, ...events: readonly string[]): ServerResponse => {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.write(`: connected\n\n${events.join('')}`);
  return response;
};

const text =
  (body: string, status: number, headers: Record<string, string> = {}): Script =>
  (response) => {
    response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(body);
  };

const htmlPage = `<html><body><h1>Oops</h1>${SENTENCE}</body></html>`;

const reset: Script = (response) => {
  response.socket?.resetAndDestroy();
};

/** Promises 1,000 bytes, sends a few and hangs up. */
const cut =
  (status: number): Script =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"status":', () => response.destroy());
  };

const cutStream: Script = (response) => {
  startStream(response).write('event: response.created\ndata: {"ty', () => response.destroy());
};

const MIB = 1024 * 1024;

const huge = json({ padding: 'x'.repeat(2 * MIB) });

/** Some KB on the wire. */
const zipped =
  (contentType: string, body: string): Script =>
  (response) => {
    response.writeHead(200, { 'content-type': contentType, 'content-encoding': 'gzip' });
    response.end(gzipSync(body));
  };

export const request: ModelRequest = {
  modelId: 'model-1',
  instructions: 'You are Lina.',
  turns: [
    { role: 'user', content: 'Salut Lina !' },
    { role: 'assistant', content: 'Coucou !' },
    { role: 'user', content: 'Tu vas bien ?' },
  ],
  tier: 'default',
  cacheGroup: 'group-1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

/** Counts the signs of life of a call that nobody aborts, unless by the signal given. */
export const watch = (signal = new AbortController().signal) => {
  const counted = {
    signal,
    signs: 0,
    heard() {
      counted.signs += 1;
    },
  };
  return counted;
};

/** A call nobody aborts. */
export const complete = (provider: Provider, asked: ModelRequest = request): Promise<ModelReply> =>
  provider.complete(asked, watch());

/** The same, with how often its model was heard of. */
export const completeWatched = async (provider: Provider): Promise<{ reply: ModelReply; signs: number }> => {
  const counted = watch();
  const reply = await provider.complete(request, counted);
  return { reply, signs: counted.signs };
};

export const failure = (kind: ModelFailure['kind'], code: string): ModelReply => ({
  kind: 'failure',
  failure: { kind, code },
});

/** What goes wrong below the API, with the reply that every adapter owes for it. */
export const transportCases: [name: string, script: Script, reply: ModelReply][] = [
  ['a socket reset', reset, failure('transient', 'connection-reset')],
  ['a body cut short', cut(200), failure('transient', 'cut')],
  ['an error whose body is cut short', cut(401), failure('misconfigured', 'credentials-rejected')],
  ['a stream cut short', cutStream, failure('transient', 'cut')],
  ['a stream without an event', stream(), failure('transient', 'cut')],
  [
    'a stream that ends before its time',
    stream(event('message_unheard_of'), event('response.unheard_of')),
    failure('transient', 'cut'),
  ],
  ['a body over 2 MiB', huge, failure('transient', 'reply-too-large')],
  [
    'a body over 2 MiB, compressed',
    zipped('application/json', JSON.stringify({ padding: 'x'.repeat(2 * MIB) })),
    failure('transient', 'reply-too-large'),
  ],
  [
    'a stream over 16 MiB, compressed',
    zipped('text/event-stream', event('response.unheard_of', { padding: 'x'.repeat(MIB) }).repeat(17)),
    failure('transient', 'reply-too-large'),
  ],
  ['truncated JSON', text('{"status":"comple', 200), failure('transient', 'malformed-reply')],
  ['an HTML page with status 200', text(htmlPage, 200), failure('transient', 'malformed-reply')],
  ['an HTML page with status 502', text(htmlPage, 502), failure('transient', 'provider-error')],
  ['an HTML page with status 404', text(htmlPage, 404), failure('misconfigured', 'model-not-found')],
  ['an empty 200', text('', 200), failure('transient', 'malformed-reply')],
  [
    'a redirect',
    text('', 307, { location: 'http://127.0.0.1:1/elsewhere' }),
    failure('misconfigured', 'redirected'),
  ],
  ['a 405 of some proxy', text(htmlPage, 405), failure('misconfigured', 'unexpected-status')],
  ['JSON that is no object', json('hello'), failure('transient', 'malformed-reply')],
  ['JSON null', json(null), failure('transient', 'malformed-reply')],
];

/** Runs a call against a server that never answers, and aborts it once the server has the request. */
export const abortMidway = (server: WireServer, provider: Provider): Promise<ModelReply> =>
  abortDuring(server, provider, (_response, abort) => abort());

/** The same once the client has the headers of a reply whose body never ends. */
export const abortMidBody = (server: WireServer, provider: Provider, status = 200): Promise<ModelReply> =>
  abortDuring(server, provider, (response, abort) => {
    onceHeadersArrive(() => setImmediate(abort));
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"status":');
  });

/** Node's HTTP client says when it has the headers; a test calls one server at a time. */
const onceHeadersArrive = (then: () => void): void => {
  const channel = 'undici:request:headers';
  const onHeaders = () => {
    unsubscribe(channel, onHeaders);
    then();
  };
  subscribe(channel, onHeaders);
};

const abortDuring = (
  server: WireServer,
  provider: Provider,
  script: (response: ServerResponse, abort: () => void) => void,
): Promise<ModelReply> => {
  const controller = new AbortController();
  server.play((response) => script(response, () => controller.abort()));
  return provider.complete(request, watch(controller.signal));
};

/** Sends events, stays silent from then on, and aborts the call as soon as the client has heard of the last one. */
export const abortMidStream = (
  server: WireServer,
  provider: Provider,
  events: readonly string[],
): Promise<ModelReply> => {
  const controller = new AbortController();
  server.play((response) => {
    startStream(response, ...events);
  });
  let unheard = events.length;
  const watched: CallWatch = {
    signal: controller.signal,
    heard() {
      unheard -= 1;
      if (unheard === 0) controller.abort();
    },
  };
  return provider.complete(request, watched);
};
