import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { isIPv4 } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createPostWebhook } from '../../../lib/runtime/webhooks/post-webhook.ts';
import { ownCertificate } from './certificate.ts';

const asked: IncomingMessage[] = [];
const opened: Server[] = [];

beforeEach(() => {
  asked.length = 0;
});

afterAll(() => {
  for (const server of opened) {
    server.close();
    server.closeAllConnections();
  }
});

const listen = async (server: Server): Promise<number> => {
  opened.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

const receiver = (answer: RequestListener) =>
  listen(
    createServer((request, response) => {
      asked.push(request);
      answer(request, response);
    }),
  );

const addressesOf = (addresses: readonly string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: isIPv4(address) ? 4 : 6 }));

/** Each look-up of any host finds the next list of addresses, and the last one stays. */
const poster = (lookUps: readonly (readonly string[])[], { toThisMachine = true } = {}) => {
  const hosts: string[] = [];
  const resolve = async (host: string) => {
    hosts.push(host);
    return addressesOf(lookUps[Math.min(hosts.length, lookUps.length) - 1] ?? []);
  };
  const post = createPostWebhook({ resolve, toThisMachine });
  return { hosts, post: (url: string) => post({ url, headers: { 'x-test': 'yes' }, body: '{"a":1}' }) };
};

const here = [['127.0.0.1']];
const ok: RequestListener = (_request, response) => void response.writeHead(204).end();

describe('a try', () => {
  it('posts to the address of its only look-up, by the name of the URL', async () => {
    const port = await receiver(ok);
    const { post, hosts } = poster([['127.0.0.1'], ['10.0.0.1']]);
    expect(await post(`http://hooks.example.com:${port}/a?b=c`)).toEqual({ kind: 'delivered' });
    expect(hosts).toEqual(['hooks.example.com']);
    const [request] = asked;
    expect([request?.method, request?.url, request?.headers.host, request?.headers['x-test']]).toEqual([
      'POST',
      '/a?b=c',
      `hooks.example.com:${port}`,
      'yes',
    ]);
  });

  it('looks the name up again each time, and calls nobody when it leads to a private address then', async () => {
    const port = await receiver(ok);
    const { post } = poster([['127.0.0.1'], ['127.0.0.1', '10.0.0.1'], ['169.254.169.254']]);
    const url = `http://hooks.example.com:${port}/`;
    expect(await post(url)).toEqual({ kind: 'delivered' });
    expect(await post(url)).toEqual({ kind: 'refused', reason: 'url-not-allowed' });
    expect(await post(url)).toEqual({ kind: 'refused', reason: 'url-not-allowed' });
    expect(asked).toHaveLength(1);
  });

  it('does not follow a redirect', async () => {
    const trap = await receiver(ok);
    const port = await receiver((_request, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${trap}/` }).end();
    });
    expect(await poster(here).post(`http://localhost:${port}/`)).toEqual({
      kind: 'failed',
      reason: 'redirected',
    });
    expect(asked).toHaveLength(1);
  });

  it('hears for how long it is to stay away', async () => {
    const port = await receiver((_request, response) => {
      response.writeHead(503, { 'retry-after': '120' }).end();
    });
    const result = await poster(here).post(`http://localhost:${port}/`);
    expect(result).toEqual({ kind: 'failed', reason: 'status-503', retryAfterMs: 120_000 });
  });

  it('does not read on when a reply has no end', async () => {
    let closed = Promise.resolve<unknown>(undefined);
    const port = await receiver((_request, response) => {
      closed = once(response, 'close');
      response.writeHead(200);
      const more = () => void response.write(Buffer.alloc(16_384), () => response.writable && more());
      more();
    });
    expect(await poster(here).post(`http://localhost:${port}/`)).toEqual({ kind: 'delivered' });
    await closed;
  });

  it('goes by the status of a reply that breaks off', async () => {
    const port = await receiver((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('some', () => response.socket?.resetAndDestroy());
    });
    expect(await poster(here).post(`http://localhost:${port}/`)).toEqual({ kind: 'delivered' });
  });

  it.each([
    ['nobody listens', 'connection-refused', undefined],
    ['the connection breaks', 'connection-reset', 'reset'],
    ['the reply is none of HTTP', 'connection-failed', 'garbage'],
  ])('fails when %s', async (_what, reason, how) => {
    const port = await receiver(({ socket }) => {
      if (how === 'reset') socket.resetAndDestroy();
      else socket.end('SSH-2.0-OpenSSH\r\n');
    });
    if (how === undefined) opened.at(-1)?.close();
    expect(await poster(here).post(`http://localhost:${port}/`)).toEqual({ kind: 'failed', reason });
  });

  it('fails when there is no such host', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('no host'), { code: 'ENOTFOUND' }));
    const post = createPostWebhook({ resolve, toThisMachine: false });
    const webhook = { url: 'https://nowhere.example.com/', headers: {}, body: '' };
    expect(await post(webhook)).toEqual({ kind: 'failed', reason: 'dns-failed' });
  });
});

describe('a deployed stage calls nobody', () => {
  const deployed = (addresses: readonly string[]) => poster([addresses], { toThisMachine: false });

  it.each([
    ['by plain HTTP', 'http://hooks.example.com/'],
    ['by another scheme', 'ftp://hooks.example.com/'],
    ['by a file', 'file:///etc/passwd'],
    ['at another port', 'https://hooks.example.com:8080/'],
    ['with a password in the URL', 'https://user:secret@hooks.example.com/'],
    ['without a URL', 'hooks.example.com'],
    ['on this machine, by HTTP', 'http://127.0.0.1:9001/2018-06-01/runtime/invocation/next'],
  ])('%s, and looks no name up for it', async (_how, url) => {
    const { post, hosts } = deployed(['8.8.8.8']);
    expect(await post(url)).toEqual({ kind: 'refused', reason: 'url-not-allowed' });
    expect(hosts).toEqual([]);
  });

  it.each([
    ['a private address', ['10.0.0.1']],
    ['a private address among public ones', ['8.8.8.8', '192.168.0.1']],
    ['a private address of IPv6 beside a public one', ['8.8.8.8', 'fd00::1']],
    ['this machine', ['127.0.0.1']],
    ['the metadata of an instance', ['169.254.169.254']],
    ['no address', []],
  ])('at %s', async (_where, addresses) => {
    const { post, hosts } = deployed(addresses);
    expect(await post('https://hooks.example.com:8443/')).toEqual({
      kind: 'refused',
      reason: 'address-not-public',
    });
    expect(hosts).toEqual(['hooks.example.com']);
  });

  it.each([
    ['https://[::1]/', '::1'],
    ['https://127.1/', '127.0.0.1'],
    ['https://2130706433/', '127.0.0.1'],
    ['https://0x7f000001/', '127.0.0.1'],
    ['https://[::ffff:10.0.0.1]/', '::ffff:a00:1'],
  ])('at an address that is written otherwise: %s', async (url, host) => {
    const hosts: string[] = [];
    const resolve = async (asked: string) => {
      hosts.push(asked);
      return addressesOf([asked]);
    };
    const post = createPostWebhook({ resolve, toThisMachine: false });
    expect(await post({ url, headers: {}, body: '' })).toEqual({
      kind: 'refused',
      reason: 'address-not-public',
    });
    expect(hosts).toEqual([host]);
  });
});

describe('TLS', () => {
  const trusted = getCACertificates('default');
  const { cert, key } = ownCertificate('hooks.example.com');
  const names: unknown[] = [];

  beforeAll(() => setDefaultCACertificates([...trusted, cert]));
  afterAll(() => setDefaultCACertificates(trusted));

  const tlsReceiver = () => {
    const server = createTlsServer({ cert, key }, (request, response) => {
      asked.push(request);
      response.writeHead(204).end();
    });
    server.on('secureConnection', ({ servername }) => void names.push(servername));
    return listen(server);
  };

  it('is spoken by the name of the URL, with whoever has its certificate, at the address that was checked', async () => {
    const port = await tlsReceiver();
    const { post } = poster(here);
    expect(await post(`https://hooks.example.com:${port}/`)).toEqual({ kind: 'delivered' });
    expect(names).toEqual(['hooks.example.com']);
    expect(asked[0]?.headers.host).toBe(`hooks.example.com:${port}`);
  });

  it('is not spoken with whoever has the certificate of another', async () => {
    const port = await tlsReceiver();
    const { post } = poster(here);
    const result = await post(`https://other.example.com:${port}/`);
    expect(result).toEqual({ kind: 'failed', reason: 'certificate-rejected' });
    expect(asked).toEqual([]);
  });
});
