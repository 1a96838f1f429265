import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ModelFailure, ModelReply, ModelRequest } from '../../../lib/pipeline/model.ts';
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
const cut: Script = (response) => {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('{"status":', () => response.destroy());
};

const huge: Script = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ padding: 'x'.repeat(5 * 1024 * 1024) }));
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
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

/** A call nobody aborts. */
export const complete = (provider: Provider, asked: ModelRequest = request): Promise<ModelReply> =>
  provider.complete(asked, new AbortController().signal);

export const failure = (kind: ModelFailure['kind'], code: string): ModelReply => ({
  kind: 'failure',
  failure: { kind, code },
});

/** What goes wrong below the API, with the reply that every adapter owes for it. */
export const transportCases: [name: string, script: Script, reply: ModelReply][] = [
  ['a socket reset', reset, failure('transient', 'connection-failed')],
  ['a body cut short', cut, failure('transient', 'connection-failed')],
  ['a body over 4 MiB', huge, failure('transient', 'reply-too-large')],
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
export const abortMidway = async (server: WireServer, provider: Provider): Promise<ModelReply> => {
  const controller = new AbortController();
  server.play(() => controller.abort());
  return provider.complete(request, controller.signal);
};

/** The same with the headers and the start of the body already sent. */
export const abortMidBody = async (server: WireServer, provider: Provider): Promise<ModelReply> => {
  const controller = new AbortController();
  server.play((response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"status":', () => controller.abort());
  });
  return provider.complete(request, controller.signal);
};
