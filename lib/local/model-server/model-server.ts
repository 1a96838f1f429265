import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { keepsConnections } from '../cloud/loopback-server.ts';
import { anthropicWire } from './anthropic.ts';
import { answerCall } from './call.ts';
import { createCallLog } from './call-log.ts';
import { control, type ModelProfile, type ModelServerState } from './control.ts';
import { createFaults } from './faults.ts';
import { azureOpenAiWire, openAiWire } from './openai.ts';
import { createQuota } from './quota.ts';
import { openUsageLog } from './usage.ts';
import type { ServerWire } from './wire.ts';

export type ModelServerOptions = {
  /** 0 takes any free port. */
  port: number;
  host: string;
  /** The same seed and the same requests bring the same replies, in whatever order they arrive. */
  seed: number;
  profile: ModelProfile;
  /** Takes one JSON line per billed call; what is there is kept. */
  usageFile?: string;
  /** ms since 1970: the clock of quotas, of flapping and of the call log. Replies take the time that they take. */
  now?: () => number;
};

export type ModelServer = { url: string; port: number; stop(): Promise<void> };

/** No API takes a larger request, and none of ours comes near it. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

/** A run of 20,000 jobs fits, with its retries and fallbacks. */
const MAX_LOGGED_CALLS = 50_000;

const wires: ReadonlyMap<string, ServerWire> = new Map([
  ['/v1/responses', openAiWire],
  ['/openai/v1/responses', azureOpenAiWire],
  ['/v1/messages', anthropicWire],
]);

/** A stand-in for OpenAI, Azure OpenAI and Anthropic that can be told to fail (`/control`). */
export const startModelServer = async (options: ModelServerOptions): Promise<ModelServer> => {
  const state = createState(options);
  const server = createServer(keepsConnections, (request, response) => {
    serve(state, request, response).catch(() =>
      sendJson(response, 500, { error: 'the model server failed' }),
    );
  });
  const port = await listen(server, options);
  return {
    url: `http://${options.host}:${port}`,
    port,
    async stop() {
      await close(server);
      state.usage.close();
    },
  };
};

const createState = ({ seed, profile, usageFile, now = Date.now }: ModelServerOptions): ModelServerState => ({
  now,
  seed,
  profile,
  faults: createFaults(now),
  quota: createQuota(now),
  usage: openUsageLog(usageFile),
  calls: createCallLog(now, MAX_LOGGED_CALLS),
  inFlight: 0,
  seen: new Map(),
});

const serve = async (state: ModelServerState, request: IncomingMessage, response: ServerResponse) => {
  const [path = '', query] = (request.url ?? '').split('?');
  const body = await readBody(request);
  if (body === undefined) return sendJson(response, 413, { error: 'the request is too large' });
  const wire = request.method === 'POST' ? wires.get(path) : undefined;
  if (wire !== undefined) return answerCall(state, wire, { headers: request.headers, body }, response);
  const reply = control(state, {
    method: request.method ?? '',
    path,
    query: new URLSearchParams(query),
    authorization: request.headers.authorization ?? '',
    apiKey: String(request.headers['x-api-key'] ?? ''),
    body,
  });
  return sendJson(response, reply.status, reply.body);
};

const readBody = async (request: IncomingMessage): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= MAX_REQUEST_BYTES) chunks.push(chunk); // read on regardless: the client listens only once it has sent all
  }
  return bytes > MAX_REQUEST_BYTES ? undefined : Buffer.concat(chunks).toString('utf8');
};

const sendJson = (response: ServerResponse, status: number, body: object): void => {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

const listen = (server: Server, { port, host }: ModelServerOptions): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
