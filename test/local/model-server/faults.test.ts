import {
  type Asked,
  ask,
  CANARY,
  callInFlight,
  get,
  post,
  put,
  readUntil,
  remove,
  request,
  rule,
  start,
  stopServers,
  usageOf,
  usageOnceEnded,
} from './harness.ts';

afterEach(stopServers);

describe('a fault', () => {
  it.each([
    [{ kind: 'status', status: 429, code: 'rate_limit_exceeded' }, 'throttled', 'rate-limited', 'failed'],
    [{ kind: 'status', status: 503, code: 'server_error' }, 'transient', 'provider-error', 'failed'],
    [{ kind: 'reset' }, 'transient', 'connection-reset', 'reset'],
    [{ kind: 'cut' }, 'transient', 'cut', 'cut'],
    [{ kind: 'cut', clean: true }, 'transient', 'cut', 'cut'],
    [{ kind: 'malformed' }, 'transient', 'malformed-reply', 'malformed'],
    [{ kind: 'corrupt' }, 'transient', 'malformed-reply', 'corrupt'],
    [{ kind: 'failed' }, 'transient', 'provider-error', 'failed'],
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
    [{ kind: 'cut' }, 'transient', 'cut'],
    [{ kind: 'cut', clean: true }, 'transient', 'cut'],
    [{ kind: 'malformed' }, 'transient', 'malformed-reply'],
    [{ kind: 'corrupt' }, 'transient', 'malformed-reply'],
    [{ kind: 'failed' }, 'transient', 'overloaded'],
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

  it('of time lasts until the client hangs up, which is written down and not billed', async () => {
    const server = await start();
    const faults = [
      { kind: 'silent' },
      { kind: 'slow', factor: 1000 },
      { kind: 'lateStart', ms: 600_000 },
      { kind: 'stalled' },
    ];
    for (const [index, fault] of faults.entries()) {
      await put(server, '/control/faults', rule(fault));
      const controller = new AbortController();
      const call = ask(server, { signal: controller.signal });
      await callInFlight(server);
      controller.abort();
      expect(await call).toMatchObject({ failure: { kind: 'transient', code: 'timeout' } });
      const { records } = await usageOnceEnded(server, index + 1);
      expect(records.at(-1)).toMatchObject({ outcome: 'aborted', billed: false, outputTokens: 0 });
    }
    expect(await get(server, '/control')).toMatchObject({ inFlight: 0 });
  });

  it.each([
    ['openai', 'response.output_item.added', 'response.output_item.done'],
    ['anthropic', 'ping', 'content_block_delta'],
  ] as const)('stalls a stream of %s after %s', async (provider, last, next) => {
    const server = await start();
    await put(server, '/control/faults', rule({ kind: 'stalled' }));
    const controller = new AbortController();
    const reply = await post(server, provider, { stream: true }, controller.signal);
    const read = await readUntil(reply, `event: ${last}`);
    expect(read).not.toContain(next);
    expect(await usageOf(server)).toMatchObject({ totals: { calls: 0 } });
    controller.abort();
    expect((await usageOnceEnded(server, 1)).records).toMatchObject([{ outcome: 'aborted' }]);
  });

  it('stalls and cuts whole bodies too', async () => {
    const server = await start();
    await put(server, '/control/faults', rule({ kind: 'cut' }));
    await expect((await post(server, 'openai')).text()).rejects.toThrow('terminated');
    await put(server, '/control/faults', rule({ kind: 'cut', clean: true }));
    await expect((await post(server, 'anthropic')).json()).rejects.toThrow('in JSON');
    await put(server, '/control/faults', rule({ kind: 'failed' }));
    expect((await post(server, 'anthropic')).status).toBe(529);
    await put(server, '/control/faults', rule({ kind: 'stalled' }));
    const controller = new AbortController();
    const stalled = await post(server, 'openai', {}, controller.signal);
    expect(await readUntil(stalled, '"id"')).not.toContain('usage');
    controller.abort();
    expect((await usageOnceEnded(server, 4)).records.at(-1)).toMatchObject({ outcome: 'aborted' });
  });

  it('starts late and then brings the whole reply', async () => {
    const server = await start();
    const onTime = await ask(server);
    await remove(server, '/control/usage'); // the same words are a repeat otherwise, and drawn anew
    await put(server, '/control/faults', rule({ kind: 'lateStart', ms: 20 }));
    expect(await ask(server)).toEqual(onTime);
  });

  it('flaps by the clock since it was set, up first', async () => {
    const clock = { nowMs: 5_000 };
    const server = await start({ now: () => clock.nowMs });
    const money = { kind: 'money' };
    await put(server, '/control/faults', rule({ kind: 'flapping', upMs: 1000, downMs: 500, fault: money }));
    const kinds: string[] = [];
    for (const atMs of [0, 999, 1000, 1499, 1500, 2499, 2500]) {
      clock.nowMs = 5_000 + atMs;
      kinds.push((await ask(server)).kind);
    }
    expect(kinds).toEqual(['answer', 'answer', 'failure', 'failure', 'answer', 'answer', 'failure']);
    expect(await get(server, '/control')).toMatchObject({ faults: [{ hits: 3, armedAtMs: 5_000 }] });
  });

  it('leaves calls to later rules while it flaps up', async () => {
    const clock = { nowMs: 0 };
    const server = await start({ now: () => clock.nowMs });
    const flapping = { kind: 'flapping', upMs: 1000, downMs: 1000, fault: { kind: 'money' } };
    await put(server, '/control/faults', [
      { id: 'first', match: {}, fault: flapping },
      { id: 'second', match: {}, fault: { kind: 'credentials' } },
    ]);
    expect(await ask(server)).toMatchObject({ failure: { kind: 'misconfigured' } });
    clock.nowMs = 1000;
    expect(await ask(server)).toMatchObject({ failure: { kind: 'money' } });
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
    await remove(server, '/control/faults');
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

describe('service tiers', () => {
  it('can be full for flex alone: turned away and not billed', async () => {
    const server = await start();
    const full = { kind: 'status', status: 429, code: 'resource_unavailable' };
    await put(server, '/control/faults', rule(full, { tier: 'flex' }));
    expect(await ask(server, { tier: 'flex' })).toMatchObject({
      failure: { kind: 'throttled', code: 'capacity' },
      unbilled: true,
    });
    expect(await ask(server, { tier: 'default' })).toMatchObject({ kind: 'answer', servedTier: 'default' });
    const { totals } = await usageOf(server);
    expect(totals).toMatchObject({ calls: 2, billedCalls: 1 });
  });

  it.each([
    ['openai', 'priority', 'default', 'default'],
    ['azure-openai', 'default', 'flex', 'flex'],
    ['anthropic', 'priority', 'default', 'standard'],
  ] as const)('of %s: asked for %s, serves %s and bills that', async (provider, tier, served, word) => {
    const server = await start();
    await put(server, '/control/faults', rule({ kind: 'servedTier', tier: served }));
    expect(await ask(server, { provider, tier })).toMatchObject({ kind: 'answer', servedTier: served });
    const { records } = await usageOf(server);
    expect(records).toMatchObject([{ tier: word, billed: true }]);
  });

  it('of Azure do not include flex for the GPT-5 family: a person must act, and nothing is billed', async () => {
    const server = await start();
    expect(await ask(server, { provider: 'azure-openai', tier: 'flex' })).toMatchObject({
      failure: { kind: 'misconfigured', code: 'tier-not-supported' },
      unbilled: true,
    });
    expect((await usageOf(server)).totals.billedCalls).toBe(0);
  });
});
