import http, {
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
} from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';

type Request = { headers: OutgoingHttpHeaders; body: string; signal: AbortSignal | undefined };

export type Reply = { status: number; text: string };

/** Rejects with the error of the connection, or an `AbortError`. */
export type Post = (request: Request) => Promise<Reply>;

/** As many as the SDK has. */
const AGENT = { keepAlive: true, maxSockets: 50 };

/** Posts to `/` of one server, over connections that stay open. A connection may take `connectMs` to be made. */
export const createPost = (endpoint: URL, connectMs: number): Post => {
  const { request: open, Agent } = endpoint.protocol === 'https:' ? https : http;
  const agent = new Agent(AGENT);
  const { hostname, port } = endpoint;
  return ({ headers, body, signal }) => {
    const options: RequestOptions = { agent, hostname, port, method: 'POST', path: '/', headers };
    return new Promise<Reply>((resolve, reject) => {
      const request = open(options, (reply) => gather(reply, resolve, reject)).once('error', reject);
      request.once('socket', (socket) => connectWithin(connectMs, socket));
      endWith(signal, request, reject);
      request.end(body);
    });
  };
};

/** Node can do so by itself, and watches three streams for it. */
const endWith = (
  signal: AbortSignal | undefined,
  request: ClientRequest,
  reject: (error: Error) => void,
): void => {
  if (signal === undefined) return;
  const abort = () => {
    reject(Object.assign(new Error('Request aborted'), { name: 'AbortError' }));
    request.destroy();
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  request.once('close', () => signal.removeEventListener('abort', abort));
};

/** By events: an iterator of the reply's chunks costs more CPU, and every job makes some calls. */
const gather = (
  reply: IncomingMessage,
  resolve: (reply: Reply) => void,
  reject: (error: Error) => void,
): void => {
  let text = '';
  reply
    .setEncoding('utf8')
    .on('data', (chunk: string) => {
      text += chunk;
    })
    .once('end', () => resolve({ status: reply.statusCode ?? 0, text }))
    .once('error', reject);
};

const connectWithin = (connectMs: number, socket: Socket): void => {
  if (!socket.connecting) return;
  const late = () =>
    socket.destroy(Object.assign(new Error('connecting took too long'), { name: 'TimeoutError' }));
  const timer = setTimeout(late, connectMs);
  socket.once('connect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
};
