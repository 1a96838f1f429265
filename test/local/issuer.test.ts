import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { join } from 'node:path';

describe('the local issuer', () => {
  let child: ChildProcess;
  let url: string;

  beforeAll(async () => {
    child = fork(join(import.meta.dirname, 'issuer-process.ts'));
    [url] = await once(child, 'message');
  });
  afterAll(async () => {
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  });

  it('refuses a path that is no part of a URL, and answers the next request', async () => {
    const { hostname, port } = new URL(url);
    const [response] = await once(get({ hostname, port, path: '//' }), 'response');
    response.resume();
    expect(response.statusCode).toBe(400);
    expect((await fetch(`${url}/.well-known/jwks.json`)).status).toBe(200);
  });
});
