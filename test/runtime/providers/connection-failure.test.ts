import { createServer, type Socket } from 'node:net';
import { connectionFailure } from '../../../lib/runtime/providers/connection-failure.ts';

/** What `fetch` throws. */
const fetchFailed = (code: string, more: object = {}) =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('canary'), { code, ...more }) });

const transient = (code: string) => ({ kind: 'failure', failure: { kind: 'transient', code } });

it.each<[string, object]>([
  ['ENOTFOUND', {}],
  ['ECONNREFUSED', {}],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', {}],
  ['UND_ERR_CONNECT_TIMEOUT', {}],
  ['ETIMEDOUT', { syscall: 'connect' }],
  ['ENETUNREACH', { syscall: 'connect' }],
  ['EHOSTUNREACH', { syscall: 'connect' }],
  ['ETIMEDOUT', { errors: [new Error('canary'), new Error('canary')] }],
])('%s %j is unbilled: the provider cannot have got the request', (code, more) => {
  expect(connectionFailure(fetchFailed(code, more))).toMatchObject({ kind: 'failure', unbilled: true });
});

it.each<[string, object]>([
  ['ECONNRESET', { syscall: 'read' }],
  ['EPIPE', { syscall: 'write' }],
  ['UND_ERR_SOCKET', {}],
  ['ETIMEDOUT', {}],
  ['ETIMEDOUT', { syscall: 'read' }],
  ['EHOSTUNREACH', { syscall: 'write' }],
  ['canary: a code nobody knows', {}],
])('%s %j may have been billed', (code, more) => {
  expect(connectionFailure(fetchFailed(code, more))).not.toHaveProperty('unbilled');
});

it.each([
  ['ENOTFOUND', 'dns-failed'],
  ['EAI_AGAIN', 'dns-failed'],
  ['ECONNREFUSED', 'connection-refused'],
  ['ECONNRESET', 'connection-reset'],
  ['UND_ERR_SOCKET', 'connection-reset'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connect-timeout'],
  ['ENETUNREACH', 'unreachable'],
  ['CERT_HAS_EXPIRED', 'certificate-rejected'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate-rejected'],
  ['canary: a code nobody knows', 'connection-failed'],
])('%s is %s', (code, failureCode) => {
  expect(connectionFailure(fetchFailed(code))).toMatchObject(transient(failureCode));
});

it.each([undefined, 'canary', new Error('canary'), new TypeError('x', { cause: { code: 7 } })])(
  '%p tells nothing',
  (error) => {
    expect(connectionFailure(error)).toEqual(transient('connection-failed'));
  },
);

/** A server that does this to every connection. */
const startServer = async (treat: (socket: Socket) => void) => {
  const server = createServer(treat);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    call: () => fetch(`http://127.0.0.1:${port}/`).then(() => undefined, connectionFailure),
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
};

it.each<[string, (socket: Socket) => void]>([
  ['resets', (socket) => socket.once('data', () => socket.resetAndDestroy())],
  ['closes', (socket) => socket.once('data', () => socket.end())],
])('a server that %s the connection in place of a reply is known by it', async (_how, treat) => {
  const server = await startServer(treat);
  expect(await server.call()).toEqual(transient('connection-reset'));
  await server.stop();
});

it('a port where nobody listens is known by it', async () => {
  const server = await startServer((socket) => socket.end());
  await server.stop();
  expect(await server.call()).toEqual({ ...transient('connection-refused'), unbilled: true });
});
