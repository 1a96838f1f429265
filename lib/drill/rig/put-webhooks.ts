import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { WEBHOOKS } from '../../local/secret-names.ts';
import type { Endpoint } from '../../pipeline/webhooks/endpoint.ts';
import type { Rig } from './rig.ts';

/** Puts endpoints by tenant into their secret, as an operator does. Senders read it again within five minutes. */
export const putWebhooks = async (
  { endpoints }: Pick<Rig, 'endpoints'>,
  webhooks: Readonly<Record<string, Endpoint>>,
): Promise<void> => {
  const credentials = { accessKeyId: 'drill', secretAccessKey: 'drill' };
  const client = new SecretsManagerClient({ region: 'us-east-1', credentials, endpoint: endpoints.secrets });
  const SecretString = JSON.stringify(webhooks);
  await client.send(new PutSecretValueCommand({ SecretId: WEBHOOKS, SecretString }));
  client.destroy();
};
