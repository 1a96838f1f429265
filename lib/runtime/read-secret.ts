import { awsClient, bounded } from './aws-client.ts';
import { withRetries } from './retry.ts';

/** A job's attempt waits for the key, so not for long. In ms. */
const READ_RETRY_MS = 1_500;

/** Fetches the text of a secret; the SDK's client for it is loaded when it is first needed. */
export const readSecretText = async (secretId: string): Promise<string> => {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient(awsClient);
  const { SecretString } = await withRetries(READ_RETRY_MS, () =>
    client.send(new GetSecretValueCommand({ SecretId: secretId }), bounded()),
  );
  return SecretString ?? '';
};
