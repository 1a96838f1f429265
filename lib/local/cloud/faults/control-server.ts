import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type ControlledCloud, control } from './control.ts';

export type ControlServer = { endpoint: string; stop(): Promise<void> };

/** The door for whoever makes the cloud fail, on the loopback interface only. */
export const startControlServer = async (cloud: ControlledCloud, port: number): Promise<ControlServer> => {
  const server = createServer((request, response) => void serve(cloud, request, response));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const takenPort = typeof address === 'object' && address !== null ? address.port : port;
  return {
    endpoint: `http://127.0.0.1:${takenPort}`,
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
        server.closeAllConnections();
      }),
  };
};

const serve = async (cloud: ControlledCloud, request: IncomingMessage, response: ServerResponse) => {
  try {
    const { method = '', url = '' } = request;
    const reply = await control(cloud, { method, path: url.split('?')[0] ?? '', body: await text(request) });
    send(response, reply.status, reply.body);
  } catch (error) {
    send(response, 500, { error: error instanceof Error ? error.message : 'unknown failure' });
  }
};

const send = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
