import type { ProviderName } from '../../../lib/pipeline/model.ts';
import { createModels, type ProviderUrls } from '../../../lib/runtime/providers/models.ts';
import { failure, json, request, startWireServer, type WireServer } from './wire.ts';

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterAll(() => server.stop());

const urls = (): ProviderUrls => ({
  openai: `${server.url}/v1`,
  'azure-openai': server.url,
  anthropic: server.url,
});

const keyOf = async (provider: ProviderName) => `key-of-${provider}`;
const never = new AbortController().signal;

it('knows the providers that have an endpoint, and no others', async () => {
  const models = createModels(keyOf, { anthropic: server.url });
  expect([...models.providers]).toEqual(['anthropic']);
  expect(await models.complete('openai', request, never)).toEqual(
    failure('misconfigured', 'endpoint-missing'),
  );
});

it.each<[ProviderName, string, string, string]>([
  ['openai', '/v1/responses', 'authorization', 'Bearer key-of-openai'],
  ['azure-openai', '/openai/v1/responses', 'api-key', 'key-of-azure-openai'],
  ['anthropic', '/v1/messages', 'x-api-key', 'key-of-anthropic'],
])('calls %s in its own format with its own key', async (provider, path, header, value) => {
  server.play(json({}, 500));
  expect(await createModels(keyOf, urls()).complete(provider, request, never)).toEqual(
    failure('transient', 'provider-error'),
  );
  expect(server.received).toEqual([expect.objectContaining({ path })]);
  expect(server.received[0]?.headers[header]).toBe(value);
});

it('asks for a key only when it is needed, and only for the provider called', async () => {
  const asked: ProviderName[] = [];
  const models = createModels(async (provider) => {
    asked.push(provider);
    return 'key';
  }, urls());
  expect(asked).toEqual([]);
  server.play(json({}, 500));
  await models.complete('anthropic', request, never);
  expect(asked).toEqual(['anthropic']);
});

it('fails without a call when the key is missing or its store is down', async () => {
  server.play(json({}, 500));
  const keyless = createModels(async () => '', urls());
  expect(await keyless.complete('openai', request, never)).toEqual(failure('misconfigured', 'key-missing'));
  const storeless = createModels(() => Promise.reject(new Error('no store')), urls());
  expect(await storeless.complete('openai', request, never)).toEqual(failure('throttled', 'key-unavailable'));
  expect(server.received).toHaveLength(0);
});

it('gives up when the signal aborts while the key is still awaited', async () => {
  const controller = new AbortController();
  const models = createModels(() => {
    controller.abort();
    return new Promise(() => {});
  }, urls());
  expect(await models.complete('openai', request, controller.signal)).toEqual(
    failure('throttled', 'key-unavailable'),
  );
});

it('does not wait for a key when the signal has aborted before', async () => {
  const models = createModels(() => new Promise(() => {}), urls());
  expect(await models.complete('openai', request, AbortSignal.abort())).toEqual(
    failure('throttled', 'key-unavailable'),
  );
});
