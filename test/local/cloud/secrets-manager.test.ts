import {
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { createCallers } from '../../../lib/local/cloud/aws-request.ts';
import { type SecretsManager, startSecretsManager } from '../../../lib/local/cloud/secrets-manager.ts';

const arn = 'arn:aws:secretsmanager:eu-west-3:000000000000:secret:provider-keys-local0';
let service: SecretsManager;
let client: SecretsManagerClient;

beforeAll(async () => {
  service = await startSecretsManager({ callers: createCallers(), onRequest: () => undefined });
  service.createSecret({ name: 'provider-keys', arn }, '{"OPENAI_API_KEY":"secret"}');
  const credentials = { accessKeyId: 'outside', secretAccessKey: 'outside' };
  client = new SecretsManagerClient({
    region: 'eu-west-3',
    endpoint: service.endpoint,
    credentials,
    maxAttempts: 1,
  });
});

afterAll(async () => {
  client.destroy();
  await service.stop();
});

it.each([
  ['its name', 'provider-keys'],
  ['its ARN', arn],
  ['its ARN without the generated end', arn.replace(/-local0$/, '')],
])('returns a secret by %s', async (_, SecretId) => {
  const answer = await client.send(new GetSecretValueCommand({ SecretId }));
  expect(answer).toMatchObject({
    ARN: arn,
    SecretString: '{"OPENAI_API_KEY":"secret"}',
    VersionStages: ['AWSCURRENT'],
  });
});

it('hands out the value that was put last', async () => {
  service.createSecret({ name: 'rotated', arn: arn.replace('provider-keys', 'rotated') }, 'old');
  const read = async () =>
    (await client.send(new GetSecretValueCommand({ SecretId: 'rotated' }))).SecretString;
  expect(await read()).toBe('old');
  await client.send(new PutSecretValueCommand({ SecretId: 'rotated', SecretString: 'new' }));
  expect(await read()).toBe('new');
  expect((await client.send(new GetSecretValueCommand({ SecretId: 'provider-keys' }))).ARN).toBe(arn);
});

it('does not find a secret that was not declared', async () => {
  const attempt = client.send(new GetSecretValueCommand({ SecretId: 'other' }));
  await expect(attempt).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

it('does not know any other operation', async () => {
  await expect(client.send(new ListSecretsCommand({}))).rejects.toMatchObject({
    name: 'UnknownOperationException',
  });
});
