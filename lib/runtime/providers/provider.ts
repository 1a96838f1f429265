import type { ModelFailure, ModelReply, ModelRequest } from '../../pipeline/model.ts';
import { failedReply } from './failed-reply.ts';
import { type HttpReply, postJson } from './post-json.ts';
import { retryAfterMs } from './retry-after.ts';

/** One provider, reached with one key. Never throws, never retries; gives up when the signal aborts. */
export type Provider = { complete(request: ModelRequest, signal: AbortSignal): Promise<ModelReply> };

/** What `baseUrl` includes is the provider's own convention, see each adapter. An empty key is a missing one. */
export type Connection = { baseUrl: string; key: string };

/** How a provider's API is written and read. All else about a call is the same for every provider. */
export type WireFormat = {
  /** From the base URL to the resource that answers. */
  path: string;
  headers(key: string): Record<string, string>;
  body(request: ModelRequest): unknown;
  /** Reads the body of a 2xx. Only a complete answer is an answer. */
  readReply(body: unknown): ModelReply;
  /** Decides by the provider's error code first and by the status second; keeps nothing of its sentences. */
  readError(status: number, body: unknown): ModelFailure;
};

export const createProvider = (wire: WireFormat, connection: Connection): Provider => {
  const url = connection.baseUrl.replace(/\/+$/, '') + wire.path;
  const flaw = flawOf(url, connection.key);
  if (flaw !== undefined) return { complete: async () => failedReply('misconfigured', flaw) };
  return {
    async complete(request, signal) {
      const headers = { ...wire.headers(connection.key), traceparent: request.traceparent };
      const exchange = await postJson({ url, headers, body: wire.body(request) }, signal);
      return exchange.kind === 'http-reply' ? readHttpReply(wire, exchange) : exchange;
    },
  };
};

/** `fetch` throws one and the same TypeError for a bad URL, a bad header and a lost connection: tell them apart before. */
const flawOf = (url: string, key: string): string | undefined => {
  if (key === '') return 'key-missing';
  if (!/^[\x21-\x7e]+$/.test(key)) return 'key-malformed';
  return /^https?:/.test(url) && URL.canParse(url) ? undefined : 'base-url-malformed';
};

const readHttpReply = (wire: WireFormat, { status, headers, body }: HttpReply): ModelReply => {
  if (status >= 200 && status < 300) return wire.readReply(body);
  const failure = wire.readError(status, body);
  const waits = failure.kind === 'throttled' || failure.kind === 'transient';
  const waitMs = waits ? retryAfterMs(headers) : undefined;
  return { kind: 'failure', failure: waitMs === undefined ? failure : { ...failure, retryAfterMs: waitMs } };
};
