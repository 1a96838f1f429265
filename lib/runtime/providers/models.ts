import { type ModelReply, type ProviderName, providerNames } from '../../pipeline/model/model.ts';
import type { Models } from '../../pipeline/ports.ts';
import { failedReply } from './failed-reply.ts';
import type { Connection, Provider } from './provider.ts';

/** Base URLs of the providers that the stage uses. */
export type ProviderUrls = Partial<Record<ProviderName, string>>;

/** Why there is no key: its store holds none that can be read until a person acts, or it cannot be asked just now. */
export type KeyLack = { kind: 'unreadable' } | { kind: 'unavailable' };

/** Where keys come from. Caching is its business. */
export type ProviderKeys = {
  /** Fetches a provider's key when it is first needed. '' is a missing key. */
  keyOf(provider: ProviderName): Promise<string | KeyLack>;
  /** Its provider does not take this key any more: there may be a newer one. */
  rejected(key: string): void;
};

/** Loaded on first use: most workers call one provider, and each adapter's schemas lengthen every cold start. */
const adapters: Record<ProviderName, () => Promise<(connection: Connection) => Provider>> = {
  openai: async () => (await import('./openai-responses.ts')).createOpenAi,
  'azure-openai': async () => (await import('./openai-responses.ts')).createAzureOpenAi,
  anthropic: async () => (await import('./anthropic-messages.ts')).createAnthropic,
};

/** The `Models` port over the providers that have an endpoint. */
export const createModels = (keys: ProviderKeys, urls: ProviderUrls): Models => ({
  providers: new Set(providerNames.filter((provider) => urls[provider] !== undefined)),
  async prepare(provider) {
    await Promise.allSettled([keys.keyOf(provider), adapters[provider]()]);
  },
  async complete(provider, request, watch) {
    const baseUrl = urls[provider];
    if (baseUrl === undefined) return failedReply('misconfigured', 'endpoint-missing');
    const key = await keyBefore(watch.signal, () => keys.keyOf(provider));
    if (typeof key !== 'string') return lacking(key);
    const create = await adapters[provider]();
    const reply = await create({ baseUrl, key }).complete(request, watch);
    if (isRejection(reply)) keys.rejected(key);
    return reply;
  },
});

/** A 401 or 403. */
const isRejection = (reply: ModelReply): boolean =>
  reply.kind === 'failure' && reply.failure.code === 'credentials-rejected';

/** Nobody was called: on a passing lack the job waits as for a provider that throttles, and is not charged a call. */
const lacking = ({ kind }: KeyLack): ModelReply => {
  switch (kind) {
    case 'unreadable':
      return failedReply('misconfigured', 'key-unreadable');
    case 'unavailable':
      return failedReply('throttled', 'key-unavailable');
  }
};

/** Its store may hang or fail like anything behind a network. */
const keyBefore = async (
  signal: AbortSignal,
  fetchKey: () => Promise<string | KeyLack>,
): Promise<string | KeyLack> => {
  const aborted = Promise.withResolvers<KeyLack>();
  const onAbort = () => aborted.resolve({ kind: 'unavailable' });
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([aborted.promise, fetchKey()]);
  } catch {
    return { kind: 'unavailable' };
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};
