import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';

/** A server on the loopback interface; `stop` drops connections that are still open. */
export type LoopbackServer = { endpoint: string; stop(): Promise<void> };

/**
 * Clients close connections that they do not need any more. If the server did, a busy machine would send requests on
 * connections that are just being closed, and they would be reset.
 */
export const keepsConnections = { keepAliveTimeout: 0 } as const;

/** Port 0 takes any free one. Rejects when the port is taken. */
export const startLoopbackServer = async (
  port: number,
  listener: RequestListener,
): Promise<LoopbackServer> => {
  const server = createServer(keepsConnections, listener);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  return {
    endpoint: `http://127.0.0.1:${taken}`,
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
        server.closeAllConnections();
      }),
  };
};
