import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ModelServer, type ModelServerOptions, startModelServer } from '../../lib/local/model-server.ts';
import type { UsageReport } from '../../lib/local/model-server-usage.ts';
import type { ModelReply, ModelRequest, ProviderName } from '../../lib/pipeline/model.ts';
import { createModels } from '../../lib/runtime/providers/models.ts';

const CANARY = 'zebra-canary';

const request: ModelRequest = {
  modelId: 'gpt-5-mini',
  instructions: 'You are Lina, warm and brief.',
  turns: [{ role: 'user', content: `Hello Lina, how was the weekend? ${CANARY}` }],
  tier: 'default',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

const running: ModelServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

const start = async (options: Partial<ModelServerOptions> = {}): Promise<ModelServer> => {
  const server = await startModelServer({
    port: 0,
    host: '127.0.0.1',
    seed: 7,
    profile: 'instant',
    ...options,
  });
  running.push(server);
  return server;
};

const modelsAt = ({ url }: ModelServer, key = 'any-key') =>
  createModels(async () => key, {
    openai: { baseUrl: `${url}/v1` },
    'azure-openai': { baseUrl: url },
    anthropic: { baseUrl: url },
  });

type Asked = Partial<ModelRequest> & { provider?: ProviderName; signal?: AbortSignal };

const ask = (
  server: ModelServer,
  { provider = 'openai', signal, ...changes }: Asked = {},
): Promise<ModelReply> =>
  modelsAt(server).complete(provider, { ...request, ...changes }, signal ?? new AbortController().signal);

const put = (server: ModelServer, path: string, body: unknown): Promise<Response> =>
  fetch(`${server.url}${path}`, { method: 'PUT', body: JSON.stringify(body) });

const get = async (server: ModelServer, path: string) => (await fetch(`${server.url}${path}`)).json();

const usageOf = async (server: ModelServer): Promise<UsageReport> =>
  (await get(server, '/control/usage')) as UsageReport;

/** Aborting ends the client's side at once; the server hears of it a moment later. */
const usageOnceEnded = async (server: ModelServer, calls: number): Promise<UsageReport> => {
  const report = await usageOf(server);
  return report.totals.calls >= calls ? report : usageOnceEnded(server, calls);
};

const rule = (fault: object, match: object = {}) => [{ id: 'rule-1', match, fault }];

const textOf = (reply: ModelReply): string =>
  reply.kind === 'answer' ? reply.text : `failure ${reply.failure.code}`;

describe('an answer', () => {
  it.each<[ProviderName, string]>([
    ['openai', 'gpt-5'],
    ['azure-openai', 'gpt-5-nano'],
    ['anthropic', 'claude-haiku-5-5'],
  ])('comes in the format of %s and stands in the accounts as it was told', async (provider, modelId) => {
    const server = await start();
    const reply = await ask(server, { provider, modelId, tier: 'priority' });
    if (reply.kind === 'failure') throw new Error(reply.failure.code);
    expect(reply.servedTier).toBe('priority');
    expect(reply.usage.inputTokens).toBe(
      Math.ceil(`${request.instructions}${request.turns[0]?.content}`.length / 4),
    );
    const { totals, records } = await usageOf(server);
    expect(records).toEqual([
      {
        sequence: 1,
        provider,
        model: modelId,
        tier: 'priority',
        traceId: '0af7651916cd43dd8448eb211c80319c',
        outcome: 'answered',
        billed: true,
        ...reply.usage,
      },
    ]);
    expect(totals).toEqual({ calls: 1, billedCalls: 1, outcomes: { answered: 1 }, ...reply.usage });
  });

  it('is in the language of the last message', async () => {
    const server = await start();
    const french = await ask(server, {
      turns: [{ role: 'user', content: 'Coucou, tu fais quoi ce soir ?' }],
    });
    const english = await ask(server, { turns: [{ role: 'user', content: 'What are you doing tonight?' }] });
    expect(textOf(french)).toMatch(/[àâçèéêôû]| toi | tu | je /i);
    expect(textOf(english)).not.toMatch(/[àâçèéêôû]/);
  });

  it('depends on the seed and the request, and not on who came first', async () => {
    const asked = Array.from({ length: 20 }, (_, index) => ({
      turns: [{ role: 'user' as const, content: `Hi ${index}` }],
    }));
    const replies = async (options: Partial<ModelServerOptions>, order: Asked[]) => {
      const server = await start(options);
      return Promise.all(order.map((it) => ask(server, it)));
    };
    const forward = await replies({}, asked);
    const backward = await replies({}, asked.toReversed());
    expect(backward.toReversed()).toEqual(forward);
    expect(await replies({ seed: 8 }, asked)).not.toEqual(forward);
    expect(new Set(forward.map(textOf)).size).toBeGreaterThan(10);
  });

  it('is incomplete when the output limit is below what the model has to say', async () => {
    const server = await start();
    const failure = { kind: 'invalid', code: 'output-limit' };
    expect(await ask(server, { maxOutputTokens: 16 })).toMatchObject({
      failure,
      usage: { outputTokens: 16 },
    });
    const anthropic = await ask(server, { provider: 'anthropic', maxOutputTokens: 5 });
    expect(anthropic).toMatchObject({ failure, usage: { outputTokens: 5 } });
  });

  it('keeps reasoning within the output limit', async () => {
    const server = await start();
    const reply = await ask(server, { effort: 'high', maxOutputTokens: 200 });
    expect(reply).toMatchObject({ kind: 'answer', usage: { outputTokens: 200 } });
  });
});

describe('a fault', () => {
  it.each([
    [{ kind: 'status', status: 429, code: 'rate_limit_exceeded' }, 'throttled', 'rate-limited', 'failed'],
    [{ kind: 'status', status: 503, code: 'server_error' }, 'transient', 'provider-error', 'failed'],
    [{ kind: 'reset' }, 'transient', 'connection-failed', 'reset'],
    [{ kind: 'cut' }, 'transient', 'connection-failed', 'cut'],
    [{ kind: 'malformed' }, 'transient', 'malformed-reply', 'malformed'],
    [{ kind: 'incomplete' }, 'invalid', 'output-limit', 'incomplete'],
    [{ kind: 'refusal' }, 'refused', 'model-refused', 'refused'],
    [{ kind: 'money' }, 'money', 'credit-exhausted', 'failed'],
    [{ kind: 'credentials' }, 'misconfigured', 'credentials-rejected', 'failed'],
  ])('%j reaches the OpenAI adapter', async (fault, kind, code, outcome) => {
    const server = await start();
    await put(server, '/control/faults', rule(fault));
    expect(await ask(server)).toMatchObject({ kind: 'failure', failure: { kind, code } });
    const { records } = await usageOf(server);
    const billed = !['failed', 'reset'].includes(outcome);
    expect(records).toEqual([expect.objectContaining({ outcome, billed })]);
  });

  it.each([
    [{ kind: 'status', status: 529, code: 'overloaded_error' }, 'transient', 'overloaded'],
    [{ kind: 'cut' }, 'transient', 'connection-failed'],
    [{ kind: 'malformed' }, 'transient', 'malformed-reply'],
    [{ kind: 'incomplete' }, 'invalid', 'output-limit'],
    [{ kind: 'refusal' }, 'refused', 'model-refused'],
    [{ kind: 'money' }, 'money', 'payment-required'],
    [{ kind: 'credentials' }, 'misconfigured', 'credentials-rejected'],
  ])('%j reaches the Anthropic adapter', async (fault, kind, code) => {
    const server = await start();
    await put(server, '/control/faults', rule(fault));
    expect(await ask(server, { provider: 'anthropic' })).toMatchObject({
      kind: 'failure',
      failure: { kind, code },
    });
  });

  it('says how long to wait', async () => {
    const server = await start();
    await put(
      server,
      '/control/faults',
      rule({ kind: 'status', status: 429, code: 'slow_down', retryAfter: 3 }),
    );
    expect(await ask(server)).toMatchObject({ failure: { code: 'slow-down', retryAfterMs: 3000 } });
  });

  it('of silence or slowness lasts until the client hangs up, which is written down and not billed', async () => {
    const server = await start();
    for (const [index, fault] of [{ kind: 'silent' }, { kind: 'slow', factor: 1000 }].entries()) {
      await put(server, '/control/faults', rule(fault));
      const controller = new AbortController();
      const call = ask(server, { signal: controller.signal });
      while ((await get(server, '/control')).inFlight === 0);
      controller.abort();
      expect(await call).toMatchObject({ failure: { kind: 'transient', code: 'timeout' } });
      const { records } = await usageOnceEnded(server, index + 1);
      expect(records.at(-1)).toMatchObject({ outcome: 'aborted', billed: false, outputTokens: 0 });
    }
    expect(await get(server, '/control')).toMatchObject({ inFlight: 0 });
  });

  it('strikes only the provider and model that it names, and only so many times', async () => {
    const server = await start();
    const match = { provider: 'azure-openai', model: 'gpt-5', times: 2 };
    await put(server, '/control/faults', rule({ kind: 'status', status: 500, code: 'server_error' }, match));
    const kindOf = async (asked: Asked) => (await ask(server, asked)).kind;
    expect(await kindOf({ provider: 'openai', modelId: 'gpt-5' })).toBe('answer');
    expect(await kindOf({ provider: 'azure-openai', modelId: 'gpt-5-mini' })).toBe('answer');
    expect(await kindOf({ provider: 'azure-openai', modelId: 'gpt-5' })).toBe('failure');
    expect(await kindOf({ provider: 'azure-openai', modelId: 'gpt-5' })).toBe('failure');
    expect(await kindOf({ provider: 'azure-openai', modelId: 'gpt-5' })).toBe('answer');
    expect(await get(server, '/control')).toMatchObject({ faults: [{ id: 'rule-1', hits: 2 }] });
  });

  it('by probability strikes the same calls of the same seed, and a repeated call draws anew', async () => {
    const kinds = async () => {
      const server = await start();
      await put(
        server,
        '/control/faults',
        rule({ kind: 'status', status: 500, code: 'x' }, { probability: 0.5 }),
      );
      const replies: string[] = [];
      for (let call = 0; call < 30; call += 1) replies.push((await ask(server)).kind);
      return replies;
    };
    const first = await kinds();
    expect(new Set(first)).toEqual(new Set(['answer', 'failure']));
    expect(await kinds()).toEqual(first);
  });

  it('ends when the rules are deleted', async () => {
    const server = await start();
    await put(server, '/control/faults', rule({ kind: 'money' }));
    await fetch(`${server.url}/control/faults`, { method: 'DELETE' });
    expect((await ask(server)).kind).toBe('answer');
  });

  it('quotes the prompt in its sentence, as providers do, and the adapters let none of it through', async () => {
    const server = await start();
    await put(
      server,
      '/control/faults',
      rule({ kind: 'status', status: 400, code: 'invalid_request_error' }),
    );
    const raw = await fetch(`${server.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: 'Bearer k' },
      body: JSON.stringify({ model: 'gpt-5', input: request.turns }),
    });
    expect(await raw.text()).toContain(CANARY);
    for (const provider of ['openai', 'azure-openai', 'anthropic'] as const) {
      expect(JSON.stringify(await ask(server, { provider }))).not.toContain(CANARY);
    }
    expect(JSON.stringify(await usageOf(server))).not.toContain(CANARY);
  });
});

describe('the usage file', () => {
  it('has one line per billed call, in the order of the accounts, across restarts', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'relay-usage-'));
    const usageFile = join(dir, 'usage.jsonl');
    try {
      const first = await start({ usageFile });
      await ask(first);
      await put(first, '/control/faults', rule({ kind: 'money' }, { times: 1 }));
      await ask(first);
      await ask(first);
      const { records } = await usageOf(first);
      const text = readFileSync(usageFile, 'utf8'); // while the server runs: a killed one leaves the same
      expect(
        text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ).toEqual(records.filter((it) => it.billed));
      expect(text).not.toContain(CANARY);
      await first.stop();
      await ask(await start({ usageFile }));
      expect(readFileSync(usageFile, 'utf8').trimEnd().split('\n')).toHaveLength(3);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('the control', () => {
  it('switches between realistic and instant', async () => {
    const server = await start({ profile: 'realistic' });
    const controller = new AbortController();
    const call = ask(server, { signal: controller.signal });
    while ((await get(server, '/control')).inFlight === 0);
    controller.abort();
    expect(textOf(await call)).toBe('failure timeout');
    expect(await (await put(server, '/control/profile', { profile: 'instant' })).json()).toMatchObject({
      profile: 'instant',
    });
    expect((await ask(server)).kind).toBe('answer');
  });

  it.each([
    ['/control/profile', { profile: 'fast' }, 'profile: '],
    ['/control/profile', { profile: 'instant', extra: 1 }, 'body: '],
    ['/control/faults', {}, 'body: '],
    ['/control/faults', rule({ kind: 'sulk' }), '0.fault.kind: '],
    ['/control/faults', rule({ kind: 'slow' }), '0.fault.factor: '],
    ['/control/faults', rule({ kind: 'silent' }, { probability: 2 }), '0.match.probability: '],
    [
      '/control/faults',
      [...rule({ kind: 'silent' }), ...rule({ kind: 'reset' })],
      'body: two rules have the same id',
    ],
  ])('refuses %s %j and says why in one line', async (path, body, start_) => {
    const server = await start();
    const response = await put(server, path, body);
    const { error } = (await response.json()) as { error: string };
    expect(response.status).toBe(400);
    expect(error.startsWith(start_)).toBe(true);
    expect(error).not.toContain('\n');
    expect(await get(server, '/control')).toMatchObject({ profile: 'instant', faults: [] });
  });

  it('forgets the accounts when told to', async () => {
    const server = await start();
    await ask(server);
    await fetch(`${server.url}/control/usage`, { method: 'DELETE' });
    expect(await usageOf(server)).toMatchObject({ totals: { calls: 0, outputTokens: 0 }, records: [] });
  });

  it('lists models, tells its health, and knows no other resource', async () => {
    const server = await start();
    expect(await get(server, '/health')).toEqual({ status: 'ok' });
    expect(await get(server, '/v1/models')).toMatchObject({
      data: expect.arrayContaining([{ id: 'gpt-5', object: 'model' }]),
    });
    expect((await fetch(`${server.url}/v1/files`)).status).toBe(404);
    expect((await fetch(`${server.url}/v1/responses`)).status).toBe(404);
  });
});

describe('a request that a provider would turn down', () => {
  const post = async (path: string, headers: Record<string, string>, body: string) => {
    const server = await start();
    return (await fetch(`${server.url}${path}`, { method: 'POST', headers, body })).status;
  };
  const good = JSON.stringify({ model: 'm', max_tokens: 9, input: request.turns, messages: request.turns });

  it('has no key', async () => {
    expect(await post('/v1/responses', {}, good)).toBe(401);
    expect(await post('/openai/v1/responses', { authorization: 'Bearer k' }, good)).toBe(401);
    expect(await post('/v1/messages', { 'x-api-key': 'k' }, good)).toBe(401);
  });

  it('is not of the documented form', async () => {
    expect(await post('/v1/responses', { authorization: 'Bearer k' }, 'hello')).toBe(400);
    expect(await post('/openai/v1/responses', { 'api-key': 'k' }, '{"model":"m","input":[]}')).toBe(400);
    const noLimit = JSON.stringify({ model: 'm', messages: request.turns });
    expect(await post('/v1/messages', { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' }, noLimit)).toBe(
      400,
    );
  });

  it('is larger than any API takes', async () => {
    expect(await post('/v1/responses', { authorization: 'Bearer k' }, 'x'.repeat(5 * 1024 * 1024))).toBe(413);
  });
});

it('stops with calls in flight', async () => {
  const server = await startModelServer({ port: 0, host: '127.0.0.1', seed: 7, profile: 'realistic' });
  const call = ask(server);
  while ((await get(server, '/control')).inFlight === 0);
  await server.stop();
  expect(textOf(await call)).toBe('failure connection-failed');
});

it('reports a port that is taken', async () => {
  const { port } = await start();
  await expect(start({ port })).rejects.toThrow('EADDRINUSE');
});
