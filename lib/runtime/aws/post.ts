import http, { type IncomingMessage, type OutgoingHttpHeaders, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';

type Request = { headers: OutgoingHttpHeaders; body: string; signal: AbortSignal | undefined };

export type Reply = { status: number; headers: IncomingMessage['headers']; text: string };

/** Rejects with the error of the connection, or an `AbortError`. */
export type Post = (request: Request) => Promise<Reply>;

/** As many as the SDK has. */
const AGENT = { keepAlive: true, maxSockets: 50 };

/** Posts to `/` of one server, over connections that stay open. A connection may take `connectMs` to be made. */
export const createPost = (endpoint: URL, connectMs: number): Post => {
  const { request: open, Agent } = endpoint.protocol === 'https:' ? https : http;
  const agent = new Agent(AGENT);
  const { hostname, port } = endpoint;
  return async ({ headers, body, signal }) => {
    const options: RequestOptions = {
      agent,
      hostname,
      port,
      method: 'POST',
      path: '/',
      headers,
      ...(signal && { signal }),
    };
    const reply = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = open(options, resolve).once('error', reject);
      request.once('socket', (socket) => connectWithin(connectMs, socket));
      request.end(body);
    });
    return { status: reply.statusCode ?? 0, headers: reply.headers, text: await text(reply) };
  };
};

const connectWithin = (connectMs: number, socket: Socket): void => {
  if (!socket.connecting) return;
  const late = () =>
    socket.destroy(Object.assign(new Error('connecting took too long'), { name: 'TimeoutError' }));
  const timer = setTimeout(late, connectMs);
  socket.once('connect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
};
