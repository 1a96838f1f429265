import * as z from 'zod/mini';
import type { ProviderName } from '../pipeline/model.ts';
import { awsClient, bounded } from './aws-client.ts';
import { withRetries } from './retry.ts';

/** Only our providers' keys are read; a secret may hold more, and the one that the stack generates does. */
export const providerKeysSecret = z.object({
  openai: z.optional(z.string()),
  'azure-openai': z.optional(z.string()),
  anthropic: z.optional(z.string()),
} satisfies Record<ProviderName, z.ZodMiniType>);

/** How long a key read from Secrets Manager is used before it is read again, in ms: the lag of a key rotation. */
const KEPT_FOR_MS = 300_000;

/** A job's attempt waits for the key, so not for long. In ms. */
const READ_RETRY_MS = 1_500;

/**
 * Reads provider keys from one Secrets Manager secret, a JSON object by provider name, and keeps them for five
 * minutes. A provider without a key gets '' and its adapter says so.
 */
export const createProviderKeys = (secretId: string, now: () => number) => {
  let kept: { keys: ReturnType<typeof readSecret>; untilMs: number } | undefined;
  return async (provider: ProviderName): Promise<string> => {
    if (kept === undefined || kept.untilMs <= now()) {
      kept = { keys: readSecret(secretId), untilMs: now() + KEPT_FOR_MS };
      kept.keys.catch(() => {
        kept = undefined; // a failed read is not worth keeping
      });
    }
    return (await kept.keys)[provider] ?? '';
  };
};

const readSecret = async (secretId: string) => {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient(awsClient);
  const { SecretString } = await withRetries(READ_RETRY_MS, () =>
    client.send(new GetSecretValueCommand({ SecretId: secretId }), bounded()),
  );
  return providerKeysSecret.parse(JSON.parse(SecretString ?? ''));
};
