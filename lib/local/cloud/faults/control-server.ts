import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type LoopbackServer, startLoopbackServer } from '../loopback-server.ts';
import { type ControlledCloud, control } from './control.ts';

/** The door for whoever makes the cloud fail, on the loopback interface only. */
export const startControlServer = (cloud: ControlledCloud, port: number): Promise<LoopbackServer> =>
  startLoopbackServer(port, (request, response) => void serve(cloud, request, response));

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
