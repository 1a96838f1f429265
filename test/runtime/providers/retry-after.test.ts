import { createOpenAi } from '../../../lib/runtime/providers/openai-responses.ts';
import { complete, failure, json, SENTENCE, startWireServer, type WireServer } from './wire.ts';

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterAll(() => server.stop());

const openAi = () => createOpenAi({ baseUrl: server.url, key: 'sk-test' });

describe('the wait that an error asks for', () => {
  const date = 'Sun, 22 Nov 2026 10:00:00 GMT';
  const waits: [headers: Record<string, string>, retryAfterMs: number | undefined][] = [
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': '0.25' }, 250],
    [{ 'retry-after': '7', 'retry-after-ms': '1234' }, 1234],
    [{ 'retry-after': 'Sun, 22 Nov 2026 10:00:30 GMT', date }, 30_000],
    [{ 'retry-after': 'Sun, 22 Nov 2026 09:59:00 GMT', date }, 0],
    [{ 'retry-after': '99999999' }, 86_400_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-1' }, undefined],
    [{ 'retry-after': '' }, undefined],
    [{}, undefined],
  ];

  it.each(waits)('%j', async (headers, retryAfterMs) => {
    server.play(json({ error: { code: 'rate_limit_exceeded', message: SENTENCE } }, 429, headers));
    const reply = await complete(openAi());
    expect(reply.kind === 'failure' && reply.failure.retryAfterMs).toBe(retryAfterMs);
  });

  it('is not read from a date when the reply does not say what time it is', async () => {
    server.play((response) => {
      response.sendDate = false;
      json({}, 429, { 'retry-after': 'Sun, 22 Nov 2026 10:00:30 GMT' })(response);
    });
    expect(await complete(openAi())).toEqual({ ...failure('throttled', 'rate-limited'), unbilled: true });
  });

  it('counts for a server that is down, and not where no wait helps', async () => {
    server.play(json({}, 503, { 'retry-after': '5' }));
    expect(await complete(openAi())).toMatchObject({ failure: { kind: 'transient', retryAfterMs: 5000 } });
    server.play(json({ error: { code: 'insufficient_quota' } }, 429, { 'retry-after': '5' }));
    expect(await complete(openAi())).toEqual({ ...failure('money', 'quota-exhausted'), unbilled: true });
  });
});
