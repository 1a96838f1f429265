import * as z from 'zod/mini';
import type { ProviderName } from '../pipeline/model/model.ts';
import { createKeptSecret, type KeptSecretParts } from './kept-secret.ts';
import type { ProviderKeys } from './providers/models.ts';

/** Only our providers' keys are read; a secret may hold more, and the one that the stack generates does. */
export const providerKeysSecret = z.object({
  openai: z.optional(z.string()),
  'azure-openai': z.optional(z.string()),
  anthropic: z.optional(z.string()),
} satisfies Record<ProviderName, z.ZodMiniType>);

/**
 * Provider keys from one secret, a JSON object by provider name. A provider without a key gets '' and its adapter says
 * so; one that rejects its key has it read again.
 */
export const createProviderKeys = (secretId: string, parts: KeptSecretParts): ProviderKeys => {
  const secret = createKeptSecret(secretId, providerKeysSecret, parts);
  return {
    async keyOf(provider) {
      const found = await secret.current();
      return found.kind === 'found' ? (found.value[provider] ?? '') : found;
    },
    // A call may come back with a key that has been replaced since.
    rejected: (key) => secret.distrust((keys) => Object.values(keys).includes(key)),
  };
};
