import * as z from 'zod/mini';
import type { ProviderName } from '../pipeline/model/model.ts';
import type { KeyLack, ProviderKeys } from './providers/models.ts';
import { parseJson } from './providers/parse-json.ts';
import { readSecretText } from './read-secret.ts';

/** Only our providers' keys are read; a secret may hold more, and the one that the stack generates does. */
export const providerKeysSecret = z.object({
  openai: z.optional(z.string()),
  'azure-openai': z.optional(z.string()),
  anthropic: z.optional(z.string()),
} satisfies Record<ProviderName, z.ZodMiniType>);

/** How long a key read from Secrets Manager is used before it is read again, in ms: the lag of a key rotation. */
const KEPT_FOR_MS = 300_000;

/** A read that failed is not repeated for every job while an older key is there to go on with. In ms. */
const STALE_FOR_MS = 30_000;

/** A rejected key may have been rotated: it is read again, but if it is dead for good not for every job. In ms. */
const REJECTED_FOR_MS = 10_000;

type Keys = { kind: 'keys'; keys: z.infer<typeof providerKeysSecret> };
/** When the secret was last read, or could not be, and until when that will do. */
type Kept = Keys & { readAtMs: number; untilMs: number };

/**
 * Reads provider keys from one Secrets Manager secret, a JSON object by provider name, and keeps them for five
 * minutes, and longer as long as they cannot be read again; less long when one is rejected. A provider without a key gets '' and its adapter says so.
 */
export const createProviderKeys = (secretId: string, now: () => number): ProviderKeys => {
  let kept: Kept | undefined;
  let reading: Promise<Keys | KeyLack> | undefined;
  const read = async (): Promise<Keys | KeyLack> => {
    const found = await readSecret(secretId);
    const readAtMs = now();
    if (found.kind === 'keys') kept = { ...found, readAtMs, untilMs: readAtMs + KEPT_FOR_MS };
    else if (kept !== undefined) kept = { ...kept, readAtMs, untilMs: readAtMs + STALE_FOR_MS };
    reading = undefined;
    return kept ?? found;
  };
  const current = async (): Promise<Keys | KeyLack> => {
    if (kept !== undefined && now() < kept.untilMs) return kept;
    reading ??= read();
    return reading;
  };
  return {
    async keyOf(provider) {
      const found = await current();
      return found.kind === 'keys' ? (found.keys[provider] ?? '') : found;
    },
    rejected(key) {
      // A call may come back with a key that has been replaced since.
      if (kept === undefined || !Object.values(kept.keys).includes(key)) return;
      kept.untilMs = Math.min(kept.untilMs, kept.readAtMs + REJECTED_FOR_MS);
    },
  };
};

/** Refusals that only a person ends: no permission, no secret, one that awaits deletion, a disabled encryption key. */
const LASTING = new Set([
  'AccessDeniedException',
  'ResourceNotFoundException',
  'InvalidRequestException',
  'DecryptionFailure',
]);

const readSecret = async (secretId: string): Promise<Keys | KeyLack> => {
  try {
    const { data } = providerKeysSecret.safeParse(parseJson(await readSecretText(secretId)));
    return data === undefined ? { kind: 'unreadable' } : { kind: 'keys', keys: data };
  } catch (error) {
    const isLasting = error instanceof Error && LASTING.has(error.name);
    return { kind: isLasting ? 'unreadable' : 'unavailable' };
  }
};
