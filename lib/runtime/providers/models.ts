import { type ModelReply, type ProviderName, providerNames } from '../../pipeline/model.ts';
import type { Models } from '../../pipeline/ports.ts';
import { failedReply } from './failed-reply.ts';
import type { Connection, Provider } from './provider.ts';

/** Base URLs of the providers that the stage uses. */
export type ProviderUrls = Partial<Record<ProviderName, string>>;

/** Fetches a provider's key when it is first needed; caching is the caller's business. '' is a missing key. */
export type KeyOf = (provider: ProviderName) => Promise<string>;

/** Loaded on first use: most workers call one provider, and each adapter's schemas lengthen every cold start. */
const adapters: Record<ProviderName, () => Promise<(connection: Connection) => Provider>> = {
  openai: async () => (await import('./openai-responses.ts')).createOpenAi,
  'azure-openai': async () => (await import('./openai-responses.ts')).createAzureOpenAi,
  anthropic: async () => (await import('./anthropic-messages.ts')).createAnthropic,
};

/** The `Models` port over the providers that have an endpoint. */
export const createModels = (keyOf: KeyOf, urls: ProviderUrls): Models => ({
  providers: new Set(providerNames.filter((provider) => urls[provider] !== undefined)),
  async complete(provider, request, signal) {
    const baseUrl = urls[provider];
    if (baseUrl === undefined) return failedReply('misconfigured', 'endpoint-missing');
    const key = await keyBefore(signal, () => keyOf(provider));
    if (typeof key !== 'string') return key;
    const create = await adapters[provider]();
    return create({ baseUrl, key }).complete(request, signal);
  },
});

/** The key, or why there is none: its store may fail or hang like anything behind a network. */
const keyBefore = async (
  signal: AbortSignal,
  fetchKey: () => Promise<string>,
): Promise<string | ModelReply> => {
  const aborted = Promise.withResolvers<ModelReply>();
  const onAbort = () => aborted.resolve(failedReply('throttled', 'key-unavailable'));
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([aborted.promise, fetchKey()]);
  } catch {
    // Nobody was called, so the job waits as for a provider that throttles, and is not charged a call.
    return failedReply('throttled', 'key-unavailable');
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};
