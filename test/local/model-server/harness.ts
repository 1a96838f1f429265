import {
  type ModelServer,
  type ModelServerOptions,
  startModelServer,
} from '../../../lib/local/model-server/model-server.ts';
import type { UsageReport } from '../../../lib/local/model-server/usage.ts';
import type { ModelReply, ModelRequest, ProviderName } from '../../../lib/pipeline/model.ts';
import { createModels } from '../../../lib/runtime/providers/models.ts';

/** Stands for a person's words. */
export const CANARY = 'zebra-canary';

export const request: ModelRequest = {
  modelId: 'gpt-5-mini',
  instructions: 'You are Lina, warm and brief.',
  turns: [{ role: 'user', content: `Hello Lina, how was the weekend? ${CANARY}` }],
  tier: 'default',
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

export type Asked = Partial<ModelRequest> & { provider?: ProviderName; signal?: AbortSignal };

/** Asks through Relay's own adapters. */
export const ask = ({ url }: ModelServer, asked: Asked = {}): Promise<ModelReply> => {
  const { provider = 'openai', signal = new AbortController().signal, ...changes } = asked;
  const urls = {
    openai: `${url}/v1`,
    'azure-openai': url,
    anthropic: url,
  };
  return createModels(async () => 'any-key', urls).complete(provider, { ...request, ...changes }, signal);
};

export const put = (server: ModelServer, path: string, body: unknown): Promise<Response> =>
  fetch(`${server.url}${path}`, { method: 'PUT', body: JSON.stringify(body) });

export const remove = (server: ModelServer, path: string): Promise<Response> =>
  fetch(`${server.url}${path}`, { method: 'DELETE' });

export const get = async (server: ModelServer, path: string): Promise<unknown> =>
  (await fetch(`${server.url}${path}`)).json();

export const usageOf = async (server: ModelServer): Promise<UsageReport> =>
  (await get(server, '/control/usage')) as UsageReport;

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
