import { once } from 'node:events';
import { createServer } from 'node:http';
import { createHttpClient } from '../../lib/client/http-client.ts';
import { createTokens } from '../../lib/load/generator/tokens.ts';
import { startOwnRelay } from '../../lib/load/run/local-relay.ts';
import { runArtillery } from '../../lib/load/run/run-artillery.ts';
import { type Target, targetOf } from '../../lib/load/run/target.ts';
import { warmUp } from '../../lib/load/run/warm-up.ts';

type Said = { status: number; body: unknown };
type Says = (path: string) => Said;

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** Somebody who answers each path as a test wants it; the address. */
const serve = async (says: Says): Promise<string> => {
  const server = createServer((request, response) => {
    const { status, body } = says(request.url ?? '');
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  stops.push(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
};

const at = '2026-11-26T12:00:00.000Z';
const job = {
  jobId: 'j',
  status: 'queued',
  lane: 'low',
  model: 'gpt-5-nano',
  creatorId: 'c',
  acceptedAt: at,
  deadlineAt: at,
  costMicroUsd: 0,
  links: { self: '/v1/jobs/j' },
};
const fullJob = { ...job, mode: 'draft', subjectRefs: [], attempts: [], skips: [] };

/** A target in order, whose jobs do not end. */
const stuck: Says = (path) => {
  if (path === '/v1/lanes') return { status: 200, body: { lanes: [] } };
  return path === '/v1/jobs' ? { status: 202, body: job } : { status: 200, body: fullJob };
};

const warm = async (says: Says, signal = new AbortController().signal): Promise<void> => {
  const baseUrl = await serve(says);
  const client = createHttpClient({ baseUrl, token: () => 'token', tries: 1 });
  await warmUp({ api: client, operations: client }, 'run', signal);
};

describe('the warm-up', () => {
  it('says in one line that nobody may look at the lanes: their dead letters would go unseen', async () => {
    const refusing: Says = (path) =>
      path === '/v1/lanes' ? { status: 403, body: { message: 'Forbidden' } } : stuck(path);
    await expect(warm(refusing)).rejects.toThrow(/^the target does not show its lanes: 403, Forbidden$/);
  });

  it('says in one line that no job is taken', async () => {
    const refusing: Says = (path) =>
      path === '/v1/jobs' ? { status: 401, body: { message: 'Unauthorized' } } : stuck(path);
    await expect(warm(refusing)).rejects.toThrow(/^the target does not take jobs: 401, Unauthorized$/);
  });

  it('is over with the next look when it is interrupted', async () => {
    const stop = new AbortController();
    let looks = 0;
    await warm((path) => {
      if (path.startsWith('/v1/jobs/')) looks += 1;
      stop.abort();
      return stuck(path);
    }, stop.signal);
    expect(looks).toBe(4);
  });
});

describe('a token', () => {
  const tokenOf = (tokens: string, name: Target['name'] = 'staging') =>
    createTokens({ name, api: '', tokens, tenantId: 't' }, 'operations', {})();

  it('is what the issuer gives', async () => {
    const url = await serve(() => ({ status: 200, body: { access_token: 'abc', expires_in: 3_600 } }));
    await expect(tokenOf(url)).resolves.toBe('abc');
  });

  it.each([
    { says: { status: 401, body: {} }, why: '401' },
    { says: { status: 200, body: 'a page' }, why: 'it answers something else' },
  ])('that is not given for $why is said in one line, with what to check', async ({ says, why }) => {
    const url = await serve(() => says);
    const variables = 'RELAY_TOKEN_URL, RELAY_OPERATIONS_CLIENT_ID and RELAY_OPERATIONS_CLIENT_SECRET';
    await expect(tokenOf(url)).rejects.toThrow(
      `${url} gives operations no token (${why}): check ${variables}`,
    );
  });

  it('is not had where nobody answers', async () => {
    await expect(tokenOf('http://127.0.0.1:1', 'local')).rejects.toThrow('(nobody): check RELAY_ISSUER_PORT');
  });
});

it.each([
  ['local', { RELAY_API_PORT: 'abc' }, 'RELAY_API_PORT: a port is a number from 1 to 65535'],
  ['staging', { RELAY_API_URL: 'nonsense' }, 'needs RELAY_API_URL, RELAY_TOKEN_URL, RELAY_CLIENT_ID'],
  ['staging', { RELAY_API_URL: 'http://relay.example' }, 'needs RELAY_API_URL, RELAY_TOKEN_URL'],
] as const)('refuses a target %s of %j in one line', (name, variables, text) => {
  expect(() => targetOf(name, variables)).toThrow(text);
});

describe('a run that was interrupted before it has begun', () => {
  const signal = AbortSignal.abort();

  it('starts no artillery, which would not hear of it any more', async () => {
    const files = { script: '', assignment: '', report: '', log: '' };
    await expect(runArtillery({ loadDir: 'nowhere', files, variables: {} }, signal)).resolves.toBeNull();
  });

  it('starts no Relay', async () => {
    await expect(startOwnRelay('nowhere', signal)).rejects.toMatchObject({ name: 'AbortError' });
  });
});
