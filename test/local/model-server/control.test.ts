import {
  ask,
  callInFlight,
  get,
  put,
  remove,
  request,
  rule,
  start,
  stopServers,
  textOf,
  usageOf,
} from './harness.ts';

afterEach(stopServers);

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
    await remove(server, '/control/usage');
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
