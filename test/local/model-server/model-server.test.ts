import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelServerOptions } from '../../../lib/local/model-server/model-server.ts';
import { billedMicroUsd } from '../../../lib/local/model-server/price-table.ts';
import type { ProviderName } from '../../../lib/pipeline/model/model.ts';
import {
  type Asked,
  ask,
  CANARY,
  callInFlight,
  post,
  put,
  readUntil,
  request,
  rule,
  start,
  stopServers,
  textOf,
  usageOf,
  usageOnceEnded,
} from './harness.ts';

afterEach(stopServers);

describe('an answer', () => {
  it.each<[ProviderName, string]>([
    ['openai', 'gpt-5'],
    ['azure-openai', 'gpt-5-nano'],
    ['anthropic', 'claude-haiku-5-5'],
  ])('comes in the format of %s and stands in the accounts as it was told', async (provider, modelId) => {
    const server = await start();
    const reply = await ask(server, { provider, modelId, tier: 'priority' });
    if (reply.kind === 'failure') throw new Error(reply.failure.code);
    const { usage, servedTier } = reply;
    if (usage === undefined) throw new Error('the reply has no usage');
    expect(servedTier).toBe('priority');
    expect(usage.inputTokens).toBe(
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
        callId: 'b7ad6b7169203331',
        endedAtMs: expect.any(Number),
        outcome: 'answered',
        billed: true,
        costMicroUsd: billedMicroUsd(modelId, 'priority', usage),
        ...usage,
      },
    ]);
    expect(totals).toEqual({
      calls: 1,
      billedCalls: 1,
      costMicroUsd: records[0]?.costMicroUsd,
      outcomes: { answered: 1 },
      ...reply.usage,
    });
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

describe('a reply', () => {
  it('is a sign of life at every event of its stream', async () => {
    const heard = jest.fn();
    expect((await ask(await start(), { heard })).kind).toBe('answer');
    expect(heard.mock.calls.length).toBeGreaterThan(10);
  });

  it('that is realistic says the same as an instant one', async () => {
    const asked: Asked = { modelId: 'gpt-5-nano', effort: 'minimal' };
    const instant = await ask(await start(), asked);
    expect(await ask(await start({ profile: 'realistic' }), asked)).toEqual(instant);
  });

  it('that is realistic begins long before it ends', async () => {
    const server = await start({ profile: 'realistic' });
    const controller = new AbortController();
    const effort = { stream: true, reasoning: { effort: 'high' } };
    const reply = await post(server, 'openai', effort, controller.signal);
    expect(await readUntil(reply, 'event: response.created')).not.toContain('response.completed');
    controller.abort();
    expect((await usageOnceEnded(server, 1)).records).toMatchObject([{ outcome: 'aborted', billed: false }]);
  });

  it('that is not asked for as a stream is one body', async () => {
    const server = await start();
    const reply = await post(server, 'openai');
    expect(reply.headers.get('content-type')).toBe('application/json');
    expect(await reply.json()).toMatchObject({ object: 'response', status: 'completed' });
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

it('stops with calls in flight', async () => {
  const server = await start();
  await put(server, '/control/faults', rule({ kind: 'silent' }));
  const call = ask(server);
  await callInFlight(server);
  await server.stop();
  expect(textOf(await call)).toBe('failure connection-reset');
});

it('reports a port that is taken', async () => {
  const { port } = await start();
  await expect(start({ port })).rejects.toThrow('EADDRINUSE');
});

describe('the prompt cache of Anthropic', () => {
  const longText = 'Lina is warm and brief. '.repeat(400);

  it('holds what is marked, and counts it as written or read', async () => {
    const server = await start();
    const replies = await Promise.all(
      Array.from({ length: 20 }, () =>
        ask(server, { provider: 'anthropic', modelId: 'claude-haiku-5-5', instructions: longText }),
      ),
    );
    const counts = replies.map((reply) => [reply.usage?.cachedInputTokens, reply.usage?.cacheWriteTokens]);
    expect(new Set(counts.map((pair) => pair.join()))).toEqual(new Set(['2304,0', '0,2304']));
  });

  it('holds nothing that is not marked', async () => {
    const server = await start();
    const response = await post(server, 'anthropic', { system: longText });
    expect(await response.json()).toMatchObject({
      usage: { cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
    });
  });
});
