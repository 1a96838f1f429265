import {
  ask,
  CANARY,
  callInFlight,
  callsSince,
  get,
  post,
  put,
  remove,
  request,
  rule,
  start,
  stopServers,
  textOf,
  usageOf,
  usageOnceEnded,
} from './harness.ts';

afterEach(stopServers);

const quotaOf = (requestsPerMinute: number) => ({ provider: 'openai', requestsPerMinute });

describe('the control', () => {
  it('switches between realistic and instant', async () => {
    const server = await start({ profile: 'realistic' });
    const controller = new AbortController();
    const call = ask(server, { signal: controller.signal });
    await callInFlight(server);
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
    ['/control/faults', rule({ kind: 'lateStart', ms: -1 }), '0.fault.ms: '],
    ['/control/faults', rule({ kind: 'stalled', ms: 1 }), '0.fault: '],
    [
      '/control/faults',
      rule({ kind: 'silent' }, { model: 'claude' }),
      '0.match.model: is no model id; there are gpt-5, ',
    ],
    [
      '/control/quota',
      [{ provider: 'openai', model: 'gpt5', requestsPerMinute: 1 }],
      '0.model: is no model id',
    ],
    [
      '/control/faults',
      rule({ kind: 'flapping', upMs: 1, downMs: 1, fault: { kind: 'x' } }),
      '0.fault.fault.kind: ',
    ],
    [
      '/control/faults',
      rule({ kind: 'flapping', upMs: 1, downMs: 0, fault: { kind: 'reset' } }),
      '0.fault.downMs: ',
    ],
    ['/control/quota', [{ provider: 'openai' }], '0: requestsPerMinute or tokensPerMinute is needed'],
    ['/control/quota', [{ provider: 'mistral', requestsPerMinute: 1 }], '0.provider: '],
    ['/control/quota', [{ provider: 'openai', requestsPerMinute: 0 }], '0.requestsPerMinute: '],
    ['/control/quota', [quotaOf(1), quotaOf(2)], 'body: two quotas of the same provider and model'],
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
    expect(await get(server, '/control')).toMatchObject({ profile: 'instant', faults: [], quota: [] });
  });

  it('says what may be asked for, with an example that can be sent as it is', async () => {
    const server = await start();
    const { help } = (await get(server, '/control')) as {
      help: { example: object; kinds: string[]; models: string[] };
    };
    expect(help.kinds).toEqual(expect.arrayContaining(['silent', 'status', 'flapping']));
    expect(help.models).toContain('claude-haiku-5-5');
    expect((await put(server, '/control/faults', help.example)).status).toBe(200);
    expect(await get(server, '/control/faults/form')).toMatchObject({ type: 'array' });
  });

  it('takes a rule that matches everything without saying so', async () => {
    const server = await start();
    await put(server, '/control/faults', [{ id: 'all', fault: { kind: 'money' } }]);
    expect(await ask(server)).toMatchObject({ failure: { kind: 'money' } });
  });

  it('forgets the accounts when told to', async () => {
    const server = await start();
    await ask(server);
    await remove(server, '/control/usage');
    expect(await usageOf(server)).toMatchObject({ totals: { calls: 0, outputTokens: 0 }, records: [] });
  });

  it('lists models, tells its health, and knows no other resource', async () => {
    const server = await start();
    expect(await get(server, '/health')).toEqual({ status: 'ok' });
    expect(await get(server, '/v1/models')).toMatchObject({
      data: expect.arrayContaining([{ id: 'gpt-5', object: 'model' }]),
    });
    const stranger = await fetch(`${server.url}/v1/files`);
    expect(stranger.status).toBe(404);
    expect(await stranger.text()).toContain('PUT /control/faults');
    expect((await fetch(`${server.url}/v1/responses`)).status).toBe(404);
  });
});

describe('a quota', () => {
  it.each([
    ['openai', 'rate_limit_exceeded'],
    ['azure-openai', 'rate_limit_exceeded'],
    ['anthropic', 'rate_limit_error'],
  ] as const)('turns calls away as %s does, unbilled', async (provider, code) => {
    const clock = { nowMs: 0 };
    const server = await start({ now: () => clock.nowMs });
    await put(server, '/control/quota', [{ provider, requestsPerMinute: 4 }]);
    expect((await ask(server, { provider })).kind).toBe('answer');
    const reply = await post(server, provider, { stream: true });
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '15']);
    expect(JSON.stringify(await reply.json())).toContain(`"${code}"`);
    expect(await ask(server, { provider })).toMatchObject({
      failure: { kind: 'throttled', code: 'rate-limited', retryAfterMs: 15_000 },
    });
    expect(await usageOf(server)).toMatchObject({
      totals: { billedCalls: 1, outcomes: { answered: 1, throttled: 2 } },
    });
    clock.nowMs = 15_000;
    expect((await ask(server, { provider })).kind).toBe('answer');
  });

  it('of tokens counts what the reply uses', async () => {
    const server = await start({ now: () => 0 });
    await put(server, '/control/quota', [{ provider: 'openai', tokensPerMinute: 1, burstSeconds: 60 }]);
    expect((await ask(server)).kind).toBe('answer');
    const { totals } = await usageOf(server);
    const tokens = totals.inputTokens + totals.outputTokens;
    expect(await ask(server)).toMatchObject({ failure: { retryAfterMs: tokens * 60_000 } });
  });

  it('uses up no rule of faults, is listed, and ends when deleted', async () => {
    const server = await start({ now: () => 0 });
    await put(server, '/control/quota', [quotaOf(1)]);
    await put(server, '/control/faults', rule({ kind: 'credentials' }, { times: 2 }));
    await ask(server);
    await ask(server);
    expect(await get(server, '/control')).toMatchObject({
      quota: [{ provider: 'openai', requestsPerMinute: 1, burstSeconds: 6, throttled: 1 }],
      faults: [{ hits: 1 }],
    });
    await remove(server, '/control/quota');
    expect(await ask(server)).toMatchObject({ failure: { kind: 'misconfigured' } });
    expect(await get(server, '/control')).toMatchObject({ quota: [] });
  });
});

describe('the call log', () => {
  it('has each call from its start, with the trace of its job', async () => {
    const clock = { nowMs: 1_000 };
    const server = await start({ now: () => clock.nowMs });
    await ask(server);
    clock.nowMs = 2_000;
    await put(server, '/control/faults', rule({ kind: 'silent' }));
    const controller = new AbortController();
    const call = ask(server, { provider: 'anthropic', signal: controller.signal });
    await callInFlight(server);
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const callId = 'b7ad6b7169203331';
    const silent = { provider: 'anthropic', model: 'gpt-5-mini', traceId, callId, startedAtMs: 2_000 };
    expect(await callsSince(server, 0)).toEqual([
      { ...silent, provider: 'openai', startedAtMs: 1_000, endedAtMs: 1_000, outcome: 'answered' },
      { ...silent, outcome: 'running' },
    ]);
    controller.abort();
    await call;
    await usageOnceEnded(server, 2);
    expect(await callsSince(server, 1_001)).toEqual([{ ...silent, endedAtMs: 2_000, outcome: 'aborted' }]);
  });

  it('is emptied when told to, and asked only for whole ms', async () => {
    const server = await start();
    await ask(server);
    await remove(server, '/control/calls');
    expect(await get(server, '/control/calls')).toEqual({ calls: [] });
    for (const query of ['since=soon', 'since=-1', 'until=1']) {
      const reply = await fetch(`${server.url}/control/calls?${query}`);
      expect([reply.status, await reply.json()]).toEqual([
        400,
        { error: expect.stringMatching(/^(since|query): /) },
      ]);
    }
  });

  it('holds no words of the prompt', async () => {
    const server = await start();
    await ask(server);
    expect(JSON.stringify(await callsSince(server, 0))).not.toContain(CANARY);
  });
});

describe('a request that a provider would turn down', () => {
  const statusOf = async (path: string, headers: Record<string, string>, body: string) => {
    const server = await start();
    return (await fetch(`${server.url}${path}`, { method: 'POST', headers, body })).status;
  };
  const good = JSON.stringify({ model: 'm', max_tokens: 9, input: request.turns, messages: request.turns });

  it('has no key', async () => {
    expect(await statusOf('/v1/responses', {}, good)).toBe(401);
    expect(await statusOf('/openai/v1/responses', { authorization: 'Bearer k' }, good)).toBe(401);
    expect(await statusOf('/v1/messages', { 'x-api-key': 'k' }, good)).toBe(401);
  });

  it('is not of the documented form', async () => {
    expect(await statusOf('/v1/responses', { authorization: 'Bearer k' }, 'hello')).toBe(400);
    expect(await statusOf('/openai/v1/responses', { 'api-key': 'k' }, '{"model":"m","input":[]}')).toBe(400);
    const noLimit = JSON.stringify({ model: 'm', messages: request.turns });
    expect(
      await statusOf('/v1/messages', { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' }, noLimit),
    ).toBe(400);
  });

  it('is larger than any API takes', async () => {
    expect(await statusOf('/v1/responses', { authorization: 'Bearer k' }, 'x'.repeat(5 * 1024 * 1024))).toBe(
      413,
    );
  });
});
