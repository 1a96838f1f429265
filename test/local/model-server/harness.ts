import type { LoggedCall } from '../../../lib/local/model-server/call-log.ts';
import {
  type ModelServer,
  type ModelServerOptions,
  startModelServer,
} from '../../../lib/local/model-server/model-server.ts';
import type { UsageReport } from '../../../lib/local/model-server/usage.ts';
import type { ModelReply, ModelRequest, ProviderName } from '../../../lib/pipeline/model/model.ts';
import type { CallWatch } from '../../../lib/pipeline/ports.ts';
import { createModels } from '../../../lib/runtime/providers/models.ts';

/** Stands for a person's words. */
export const CANARY = 'zebra-canary';

export const request: ModelRequest = {
  modelId: 'gpt-5-mini',
  instructions: 'You are Lina, warm and brief.',
  turns: [{ role: 'user', content: `Hello Lina, how was the weekend? ${CANARY}` }],
  tier: 'default',
  cacheGroup: 'group-1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

const running: ModelServer[] = [];

export const stopServers = async (): Promise<void> => {
  for (const server of running.splice(0)) await server.stop();
};

/** A server on a free port, instant unless asked otherwise, until `stopServers`. */
export const start = async (options: Partial<ModelServerOptions> = {}): Promise<ModelServer> => {
  const server = await startModelServer({
    port: 0,
    host: '127.0.0.1',
    seed: 7,
    profile: 'instant',
    ...options,
  });
  running.push(server);
  return server;
};

export type Asked = Partial<ModelRequest> & Partial<CallWatch> & { provider?: ProviderName };

/** Asks through Relay's own adapters, which ask for streams. */
export const ask = ({ url }: ModelServer, asked: Asked = {}): Promise<ModelReply> => {
  const { provider = 'openai', signal = new AbortController().signal, heard = () => {}, ...changes } = asked;
  const urls = {
    openai: `${url}/v1`,
    'azure-openai': url,
    anthropic: url,
  };
  return createModels({ keyOf: async () => 'any-key', rejected: () => {} }, urls).complete(
    provider,
    { ...request, ...changes },
    { signal, heard },
  );
};

const resources = {
  openai: { path: '/v1/responses', headers: { authorization: 'Bearer any-key' } },
  'azure-openai': { path: '/openai/v1/responses', headers: { 'api-key': 'any-key' } },
  anthropic: { path: '/v1/messages', headers: { 'x-api-key': 'any-key', 'anthropic-version': '2023-06-01' } },
};

/** A body that every API takes; what it does not know is ignored. */
const wireBody = { model: 'gpt-5', max_tokens: 4096, input: request.turns, messages: request.turns };

/** Asks without an adapter in between. */
export const post = (
  { url }: ModelServer,
  provider: ProviderName,
  changes: object = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Response> =>
  fetch(url + resources[provider].path, {
    method: 'POST',
    headers: resources[provider].headers,
    body: JSON.stringify({ ...wireBody, ...changes }),
    signal,
  });

export type StreamedEvent = { name: string; data: Record<string, unknown> };

const EVENT = /^event: (\S+)\ndata: ([^\n]*)$/;

/** Reads one event after another; anything but an event name and one line of JSON is an error. */
export const eventsOf = (text: string): StreamedEvent[] => {
  const blocks = text.split('\n\n');
  if (blocks.pop() !== '') throw new Error('the last event is cut short');
  return blocks.map((block) => {
    const [, name, json] = EVENT.exec(block) ?? [];
    if (name === undefined || json === undefined) throw new Error(`no event: ${block}`);
    return { name, data: JSON.parse(json) };
  });
};

export const streamOf = async (
  server: ModelServer,
  provider: ProviderName,
  changes: object = {},
): Promise<StreamedEvent[]> => {
  const response = await post(server, provider, { stream: true, ...changes });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  return eventsOf(await response.text());
};

/** Reads until the stream pauses for good: as far as the text that is waited for. */
export const readUntil = async (response: Response, text: string): Promise<string> => {
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  let read = '';
  while (!read.includes(text)) {
    const chunk = await reader?.read();
    if (chunk?.value === undefined) throw new Error(`the stream ended before ${text}`);
    read += decoder.decode(chunk.value, { stream: true });
  }
  return read;
};

export const put = (server: ModelServer, path: string, body: unknown): Promise<Response> =>
  fetch(`${server.url}${path}`, { method: 'PUT', body: JSON.stringify(body) });

export const remove = (server: ModelServer, path: string): Promise<Response> =>
  fetch(`${server.url}${path}`, { method: 'DELETE' });

export const get = async (server: ModelServer, path: string): Promise<unknown> =>
  (await fetch(`${server.url}${path}`)).json();

export const usageOf = async (server: ModelServer): Promise<UsageReport> =>
  (await get(server, '/control/usage')) as UsageReport;

export const callsSince = async (server: ModelServer, since: number): Promise<LoggedCall[]> => {
  const { calls } = (await get(server, `/control/calls?since=${since}`)) as { calls: LoggedCall[] };
  return calls;
};

/** Aborting ends the client's side at once; the server hears of it a moment later. */
export const usageOnceEnded = async (server: ModelServer, calls: number): Promise<UsageReport> => {
  const report = await usageOf(server);
  return report.totals.calls >= calls ? report : usageOnceEnded(server, calls);
};

export const callInFlight = async (server: ModelServer): Promise<void> => {
  const { inFlight } = (await get(server, '/control')) as { inFlight: number };
  if (inFlight === 0) await callInFlight(server);
};

/** One rule, as the body of `PUT /control/faults`. */
export const rule = (fault: object, match: object = {}): object[] => [{ id: 'rule-1', match, fault }];

export const textOf = (reply: ModelReply): string =>
  reply.kind === 'answer' ? reply.text : `failure ${reply.failure.code}`;
