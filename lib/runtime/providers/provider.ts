import type { ModelFailure, ModelReply, ModelRequest } from '../../pipeline/model/model.ts';
import type { CallWatch } from '../../pipeline/ports.ts';
import { failedReply } from './failed-reply.ts';
import { postJson } from './post-json.ts';
import { type ReplyStream, readStreamedReply } from './read-stream.ts';
import { readErrorBody, readWholeReply } from './read-whole.ts';
import { retryAfterMs } from './retry-after.ts';

/** One provider, reached with one key. Never throws, never retries; gives up when the signal aborts. */
export type Provider = { complete(request: ModelRequest, watch: CallWatch): Promise<ModelReply> };

/** What `baseUrl` includes is the provider's own convention, see each adapter. An empty key is a missing one. */
export type Connection = { baseUrl: string; key: string };

/** How a provider's API is written and read. All else about a call is the same for every provider. */
export type WireFormat = {
  /** From the base URL to the resource that answers. */
  path: string;
  headers(key: string): Record<string, string>;
  /** Asks for a stream. */
  body(request: ModelRequest): unknown;
  /** Begins to read a 2xx that comes as a stream. */
  openStream(): ReplyStream;
  /** Reads the body of a 2xx that came in one piece. Only a complete answer is an answer. */
  readReply(body: unknown): ModelReply;
  /** Decides by the provider's error code first and by the status second; keeps nothing of its sentences. */
  readError(status: number, body: unknown): ModelFailure;
};

export const createProvider = (wire: WireFormat, connection: Connection): Provider => {
  const url = connection.baseUrl.replace(/\/+$/, '') + wire.path;
  const flaw = flawOf(url, connection.key);
  if (flaw !== undefined) return { complete: async () => failedReply('misconfigured', flaw) };
  return {
    async complete(request, watch) {
      const headers = { ...wire.headers(connection.key), traceparent: request.traceparent };
      const posted = await postJson({ url, headers, body: wire.body(request) }, watch.signal);
      return posted.kind === 'response' ? readResponse(wire, posted.response, watch) : posted;
    },
  };
};

/** `fetch` throws one and the same TypeError for a bad URL, a bad header and a lost connection: tell them apart before. */
const flawOf = (url: string, key: string): string | undefined => {
  if (key === '') return 'key-missing';
  if (!/^[\x21-\x7e]+$/.test(key)) return 'key-malformed';
  return /^https?:/.test(url) && URL.canParse(url) ? undefined : 'base-url-malformed';
};

const readResponse = (wire: WireFormat, response: Response, watch: CallWatch): Promise<ModelReply> => {
  if (!response.ok) return readError(wire, response, watch.signal);
  return isStream(response) && response.body !== null
    ? readStreamedReply(response.body, wire.openStream(), watch)
    : readWholeReply(wire.readReply, response, watch);
};

/** Media types are compared without regard to case (RFC 9110, 8.3.1). */
const isStream = ({ headers }: Response): boolean =>
  headers.get('content-type')?.toLowerCase().startsWith('text/event-stream') === true;

const readError = async (wire: WireFormat, response: Response, signal: AbortSignal): Promise<ModelReply> => {
  const body = await readErrorBody(response);
  if (body === undefined && signal.aborted) return failedReply('transient', 'timeout');
  const failure = wire.readError(response.status, body);
  const waits = failure.kind === 'throttled' || failure.kind === 'transient';
  const waitMs = waits ? retryAfterMs(response.headers) : undefined;
  const told = waitMs === undefined ? failure : { ...failure, retryAfterMs: waitMs };
  return { kind: 'failure', failure: told, unbilled: true };
};
