import { createOpenAi } from '../../../lib/runtime/providers/openai-responses.ts';
import { complete, type Script, startWireServer, type WireServer } from './wire.ts';

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterAll(() => server.stop());

const openAi = () => createOpenAi({ baseUrl: server.url, key: 'sk-test' });

/** An error reply whose body begins and never ends. */
const hanging =
  (status: number, begun: string, headers: Record<string, string> = {}): Script =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).write(begun);
  };

it.each<[number, object]>([
  [429, { kind: 'throttled', code: 'rate-limited', retryAfterMs: 20_000 }],
  [400, { kind: 'invalid', code: 'request-rejected' }],
  [402, { kind: 'money', code: 'payment-required' }],
  [503, { kind: 'transient', code: 'provider-error', retryAfterMs: 20_000 }],
])('a %i whose body hangs is decided by what its head says', async (status, failure) => {
  server.play(hanging(status, '{"error":', { 'retry-after': '20' }));
  expect(await complete(openAi())).toEqual({ kind: 'failure', failure, unbilled: true });
});

it('an error that is whole is read, though its body does not end', async () => {
  server.play(hanging(400, '{"error":{"code":"content_filter"}}'));
  expect(await complete(openAi())).toMatchObject({ failure: { kind: 'refused' } });
});

it('an error whose body hangs is hung up on', async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  server.play((response) => {
    response.on('close', resolve);
    hanging(500, '{')(response);
  });
  await complete(openAi());
  await closed;
});
