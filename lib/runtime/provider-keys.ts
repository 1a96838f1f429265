import * as z from 'zod';
import { type ProviderName, providerNames } from '../pipeline/model.ts';

const secretSchema = z.partialRecord(z.enum(providerNames), z.string());

/** How long a key read from Secrets Manager is used before it is read again, in ms: the lag of a key rotation. */
const KEPT_FOR_MS = 300_000;

/**
 * Reads provider keys from one Secrets Manager secret, a JSON object by provider name, and keeps them for five
 * minutes. A provider without a key gets '' and its adapter says so.
 */
export const createProviderKeys = (secretId: string, now: () => number) => {
  let kept: { keys: Promise<Partial<Record<ProviderName, string>>>; untilMs: number } | undefined;
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
  const client = new SecretsManagerClient({ maxAttempts: 3 });
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
  return secretSchema.parse(JSON.parse(SecretString ?? ''));
};
