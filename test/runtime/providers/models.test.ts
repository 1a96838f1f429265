import type { ModelReply, ProviderName } from '../../../lib/pipeline/model/model.ts';
import { createModels, type ProviderKeys, type ProviderUrls } from '../../../lib/runtime/providers/models.ts';
import { failure, json, request, startWireServer, type WireServer, watch } from './wire.ts';

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

type KeyOf = ProviderKeys['keyOf'];

/** Keys that are never rejected. */
const keysBy = (keyOf: KeyOf): ProviderKeys => ({
  keyOf,
  rejected(key) {
    throw new Error(`${key} was rejected`);
  },
});

const keys = keysBy(async (provider) => `key-of-${provider}`);

it('knows the providers that have an endpoint, and no others', async () => {
  const models = createModels(keys, { anthropic: server.url });
  expect([...models.providers]).toEqual(['anthropic']);
  expect(await models.complete('openai', request, watch())).toEqual(
    failure('misconfigured', 'endpoint-missing'),
  );
});

it.each<[ProviderName, string, string, string]>([
  ['openai', '/v1/responses', 'authorization', 'Bearer key-of-openai'],
  ['azure-openai', '/openai/v1/responses', 'api-key', 'key-of-azure-openai'],
  ['anthropic', '/v1/messages', 'x-api-key', 'key-of-anthropic'],
])('calls %s in its own format with its own key', async (provider, path, header, value) => {
  server.play(json({}, 500));
  expect(await createModels(keys, urls()).complete(provider, request, watch())).toMatchObject(
    failure('transient', 'provider-error'),
  );
  expect(server.received).toEqual([expect.objectContaining({ path })]);
  expect(server.received[0]?.headers[header]).toBe(value);
});

it('asks for a key only when it is needed, and only for the provider called', async () => {
  const asked: ProviderName[] = [];
  const keyOf = async (provider: ProviderName) => {
    asked.push(provider);
    return 'key';
  };
  const models = createModels(keysBy(keyOf), urls());
  expect(asked).toEqual([]);
  server.play(json({}, 500));
  await models.complete('anthropic', request, watch());
  expect(asked).toEqual(['anthropic']);
});

it.each<[string, KeyOf, ModelReply]>([
  ['is missing', async () => '', failure('misconfigured', 'key-missing')],
  ['cannot be read', async () => ({ kind: 'unreadable' }), failure('misconfigured', 'key-unreadable')],
  ['cannot be had just now', async () => ({ kind: 'unavailable' }), failure('throttled', 'key-unavailable')],
  [
    'is sought and something breaks',
    () => Promise.reject(new Error('canary')),
    failure('throttled', 'key-unavailable'),
  ],
])('fails without a call when the key %s', async (_how, lacking, reply) => {
  server.play(json({}, 500));
  expect(await createModels(keysBy(lacking), urls()).complete('openai', request, watch())).toEqual(reply);
  expect(server.received).toHaveLength(0);
});

it('gives up when the signal aborts while the key is still awaited', async () => {
  const controller = new AbortController();
  const keyOf = () => {
    controller.abort();
    return new Promise<never>(() => {});
  };
  const models = createModels(keysBy(keyOf), urls());
  expect(await models.complete('openai', request, watch(controller.signal))).toEqual(
    failure('throttled', 'key-unavailable'),
  );
});

it('does not wait for a key when the signal has aborted before', async () => {
  const models = createModels(
    keysBy(() => new Promise(() => {})),
    urls(),
  );
  expect(await models.complete('openai', request, watch(AbortSignal.abort()))).toEqual(
    failure('throttled', 'key-unavailable'),
  );
});

describe('a key', () => {
  const rejectedBy = async (status: number): Promise<string[]> => {
    const rejected: string[] = [];
    server.play(json({}, status));
    const models = createModels({ ...keys, rejected: (key) => rejected.push(key) }, urls());
    await models.complete('anthropic', request, watch());
    return rejected;
  };

  it.each([401, 403])('is known to be rejected by a %i', async (status) => {
    expect(await rejectedBy(status)).toEqual(['key-of-anthropic']);
  });

  it.each([400, 404, 429, 500])('is not rejected by a %i', async (status) => {
    expect(await rejectedBy(status)).toEqual([]);
  });
});
