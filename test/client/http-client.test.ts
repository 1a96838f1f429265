import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { json as bodyOf } from 'node:stream/consumers';
import type { SubmittedJob } from '../../lib/api/schemas/job.ts';
import { createHttpClient } from '../../lib/client/http-client.ts';

const aJob: SubmittedJob = {
  creatorId: 'c1',
  subjectRefs: ['fan_1'],
  priority: 'critical',
  model: 'gpt-5-mini',
  input: { messages: [{ role: 'user', content: 'Salut !' }] },
  mode: 'draft',
};

describe('the client of the HTTP API', () => {
  let server: Server;
  let answer: RequestListener;
  const seen: { method?: string | undefined; url?: string | undefined; headers: Record<string, unknown> }[] =
    [];
  const clientAt = () => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return createHttpClient({ baseUrl: `http://127.0.0.1:${port}/`, token: () => 'secret', tries: 3 });
  };

  beforeAll(async () => {
    server = createServer((request, response) => {
      seen.push({ method: request.method, url: request.url, headers: request.headers });
      answer(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  beforeEach(() => seen.splice(0));
  afterAll(() => server.close());

  const json = (status: number, body: object, headers: Record<string, string> = {}): RequestListener => {
    return (_request, response) =>
      void response.writeHead(status, { 'x-request-id': 'r1', ...headers }).end(JSON.stringify(body));
  };

  it('puts a request together from the parts of its route', async () => {
    answer = json(200, { jobs: [] });
    await clientAt().listJobs({ query: { limit: 5, lane: 'low', cursor: 'a/b=' } });
    await clientAt().getJob({ params: { jobId: 'a/b' } });
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /v1/jobs?limit=5&lane=low&cursor=a%2Fb%3D',
      'GET /v1/jobs/a%2Fb',
    ]);
    expect(seen[0]?.headers.authorization).toBe('Bearer secret');
  });

  it('sends no token where none is asked for', async () => {
    answer = json(200, { status: 'ok', stage: 'local' });
    expect(await clientAt().getHealth()).toEqual({
      kind: 'answer',
      status: 200,
      body: { status: 'ok', stage: 'local' },
      requestId: 'r1',
    });
    expect(seen[0]?.headers.authorization).toBeUndefined();
  });

  it('names a job that has no name, and sends it under that name until it is taken', async () => {
    const answers = [json(503, {}), json(429, {}, { 'retry-after': '0' }), json(202, { jobId: 'j1' })];
    answer = (request, response) => answers.shift()?.(request, response);
    const reply = await clientAt().submitJob({ body: aJob });
    expect(reply).toMatchObject({ kind: 'answer', status: 202 });
    const keys = new Set(seen.map(({ headers }) => headers['idempotency-key']));
    expect([...keys]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect(seen).toHaveLength(3);
  });

  it('leaves the name that a job has', async () => {
    answer = json(202, { jobId: 'j1' });
    await clientAt().submitJob({ body: { ...aJob, jobId: 'j1' } });
    await clientAt().submitJob({ body: aJob, headers: { 'idempotency-key': 'k1' } });
    expect(seen.map(({ headers }) => headers['idempotency-key'])).toEqual([undefined, 'k1']);
  });

  it('takes a name that is undefined for none', async () => {
    answer = json(202, { jobId: 'j1' });
    const unnamed = { ...aJob, jobId: undefined, idempotencyKey: undefined };
    await clientAt().submitJob({ body: unnamed, headers: { 'idempotency-key': undefined } });
    expect(seen[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('names the jobs of a batch that have no name, and sends all under the same names until they are taken', async () => {
    const bodies: unknown[] = [];
    const answers = [json(503, {}), json(200, { accepted: 3, refused: 0, items: [] })];
    answer = async (request, response) => {
      bodies.push(await bodyOf(request));
      answers.shift()?.(request, response);
    };
    const jobs = [
      { ...aJob, jobId: 'j1' },
      { ...aJob, idempotencyKey: 'k1' },
      aJob,
      { ...aJob, jobId: undefined },
    ];
    expect(await clientAt().submitJobs({ body: { jobs } })).toMatchObject({ kind: 'answer', status: 200 });
    const jobId = expect.stringMatching(/^[0-9a-f-]{36}$/);
    expect(bodies[0]).toEqual({ jobs: [jobs[0], jobs[1], { ...aJob, jobId }, { ...aJob, jobId }] });
    expect(bodies).toEqual([bodies[0], bodies[0]]);
    expect(new Set(JSON.stringify(bodies[0]).match(/"jobId":"[^"]+"/g)).size).toBe(3);
  });

  it('sends the retry of a job once', async () => {
    answer = json(503, {});
    expect(await clientAt().retryJob({ params: { jobId: 'j1' } })).toMatchObject({ status: 503 });
    answer = (request) => request.socket.destroy();
    await expect(clientAt().retryJob({ params: { jobId: 'j1' } })).rejects.toThrow('fetch failed');
    expect(seen).toHaveLength(2);
  });

  it('tells problems of Relay from refusals of the gateway, and waits for neither that asks for long', async () => {
    const problem = { type: 'urn:relay:problem:budget-exhausted', title: 't', status: 402, detail: 'd' };
    answer = json(402, problem, { 'retry-after': '3600' });
    expect(await clientAt().submitJob({ body: aJob })).toEqual({
      kind: 'problem',
      problem,
      retryAfterSeconds: 3600,
      requestId: 'r1',
    });
    answer = json(401, { message: 'Unauthorized' });
    expect(await clientAt().listModels({})).toEqual({
      kind: 'refused',
      status: 401,
      message: 'Unauthorized',
      requestId: 'r1',
    });
    expect(seen).toHaveLength(2);
  });

  it('rejects when nobody answers in all its tries', async () => {
    answer = (request) => request.socket.destroy();
    await expect(clientAt().getHealth({})).rejects.toThrow('fetch failed');
    expect(seen).toHaveLength(3);
  });
});
