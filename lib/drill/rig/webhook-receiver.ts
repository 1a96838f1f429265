import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { type CompletionEvent, completionEvent } from '../../pipeline/job/completion-event.ts';
import type { Endpoint } from '../../pipeline/webhooks/endpoint.ts';

/** A request that has reached an endpoint. */
export type Receipt = { atMs: number; event: CompletionEvent; headers: IncomingHttpHeaders; body: string };

/** Answers the request of that number, from 1. */
export type Answer = (response: ServerResponse, nth: number) => void;

/** An endpoint of a tenant on this machine. */
export type Receiver = AsyncDisposable & {
  endpoint: Endpoint;
  receipts(): readonly Receipt[];
  answer(by: Answer): void;
  /** Resolves when it has been asked as often; rejects on abort. */
  asked(times: number, signal: AbortSignal): Promise<void>;
  /** Nobody listens any more, until `up`. */
  down(): Promise<void>;
  up(): Promise<void>;
};

export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/** A plain answer. */
export const answering =
  (status: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    void response.writeHead(status, headers).end('thank you');

export const openReceiver = async (answer: Answer = answering(204)): Promise<Receiver> => {
  const receipts: Receipt[] = [];
  const watchers = new Set<() => void>();
  let current = answer;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const event = completionEvent.parse(JSON.parse(body));
    receipts.push({ atMs: Date.now(), event, headers: request.headers, body });
    current(response, receipts.length);
    for (const look of watchers) look();
  });
  const port = await listen(server, 0);
  return {
    endpoint: { url: `http://127.0.0.1:${port}/hooks`, secrets: [newSecret()] },
    receipts: () => receipts,
    answer: (by) => {
      current = by;
    },
    asked: (times, signal) => until(() => receipts.length >= times, watchers, signal),
    down: () => close(server),
    up: async () => void (await listen(server, port)),
    [Symbol.asyncDispose]: () => close(server),
  };
};

const listen = async (server: Server, port: number): Promise<number> => {
  await once(server.listen(port, '127.0.0.1'), 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
};

const close = async (server: Server): Promise<void> => {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
};

const until = async (isSo: () => boolean, watchers: Set<() => void>, signal: AbortSignal): Promise<void> => {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = () => isSo() && resolve();
  const abort = () => reject(signal.reason);
  watchers.add(look);
  signal.addEventListener('abort', abort);
  look();
  await promise.finally(() => {
    watchers.delete(look);
    signal.removeEventListener('abort', abort);
  });
};

/** Whether the public library of the specification takes it for signed with that secret, now. */
export const isSigned = ({ headers, body }: Receipt, secret: string): boolean => {
  const given = Object.fromEntries(
    ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [name, String(headers[name])]),
  );
  try {
    new Webhook(secret).verify(body, given);
    return true;
  } catch {
    return false;
  }
};
