import { createVerify } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DecryptCommand,
  GenerateDataKeyCommand,
  GenerateRandomCommand,
  GetPublicKeyCommand,
  KMSClient,
  SignCommand,
  VerifyCommand,
} from '@aws-sdk/client-kms';
import { createCallers } from '../../../../lib/local/cloud/aws-request.ts';
import { type Kms, startKms } from '../../../../lib/local/cloud/kms/kms.ts';

const wrapping = { id: 'wrapping', arn: 'arn:aws:kms:eu-west-3:000000000000:key/wrapping', signs: false };
const other = { id: 'other', arn: 'arn:aws:kms:eu-west-3:000000000000:key/other', signs: false };
const signing = { id: 'signing', arn: 'arn:aws:kms:eu-west-3:000000000000:key/signing', signs: true };
let dir: string;
let kms: Kms;
let client: KMSClient;

const start = async (keysDir: string | undefined) => {
  const started = await startKms({ dir: keysDir, callers: createCallers(), onRequest: () => undefined });
  for (const key of [wrapping, other, signing]) await started.createKey(key);
  return started;
};

const clientOf = ({ endpoint }: Kms) =>
  new KMSClient({
    region: 'eu-west-3',
    endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'relay-kms-'));
  kms = await start(dir);
  client = clientOf(kms);
});

afterAll(async () => {
  client.destroy();
  await kms.stop();
  await rm(dir, { recursive: true });
});

const context = { tenant: 'a', purpose: 'keys' };
const newKey = () =>
  client.send(
    new GenerateDataKeyCommand({ KeyId: wrapping.arn, KeySpec: 'AES_256', EncryptionContext: context }),
  );

it('unwraps a data key for whoever gives the same context', async () => {
  const { Plaintext, CiphertextBlob } = await newKey();
  const decrypted = await client.send(
    new DecryptCommand({ CiphertextBlob, EncryptionContext: { purpose: 'keys', tenant: 'a' } }),
  );
  expect(decrypted).toMatchObject({ KeyId: wrapping.arn, Plaintext });
  expect(Plaintext).toHaveLength(32);
});

it.each([
  ['another context', { EncryptionContext: { ...context, tenant: 'b' } }, 'InvalidCiphertextException'],
  ['no context', {}, 'InvalidCiphertextException'],
  ['another key', { EncryptionContext: context, KeyId: other.arn }, 'IncorrectKeyException'],
  ['a key that is not there', { EncryptionContext: context, KeyId: 'none' }, 'NotFoundException'],
])('does not unwrap it for %s', async (_, changes, name) => {
  const { CiphertextBlob } = await newKey();
  await expect(client.send(new DecryptCommand({ CiphertextBlob, ...changes }))).rejects.toMatchObject({
    name,
  });
});

it('signs, and says whose signature it is', async () => {
  const message = {
    KeyId: signing.id,
    Message: Buffer.from('receipt'),
    SigningAlgorithm: 'ECDSA_SHA_256' as const,
  };
  const { Signature = new Uint8Array() } = await client.send(new SignCommand(message));
  const verifies = async (changes: object) =>
    (await client.send(new VerifyCommand({ ...message, Signature, ...changes }))).SignatureValid;
  expect(await verifies({})).toBe(true);
  await expect(verifies({ Message: Buffer.from('receipt!') })).rejects.toMatchObject({
    name: 'KMSInvalidSignatureException',
  });
  const { PublicKey = new Uint8Array() } = await client.send(new GetPublicKeyCommand({ KeyId: signing.arn }));
  const verifier = createVerify('sha256').update('receipt');
  expect(verifier.verify({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' }, Signature)).toBe(true);
});

it('does not sign with a key that wraps, nor wrap with one that signs', async () => {
  const sign = new SignCommand({
    KeyId: wrapping.arn,
    Message: Buffer.from('receipt'),
    SigningAlgorithm: 'ECDSA_SHA_256',
  });
  await expect(client.send(sign)).rejects.toMatchObject({ name: 'InvalidKeyUsageException' });
  const generate = new GenerateDataKeyCommand({ KeyId: signing.arn, KeySpec: 'AES_256' });
  await expect(client.send(generate)).rejects.toMatchObject({ name: 'InvalidKeyUsageException' });
});

it('has the same keys after a restart, which nobody else of the machine may read', async () => {
  const { Plaintext, CiphertextBlob } = await newKey();
  const restarted = await start(dir);
  const again = clientOf(restarted);
  const decrypted = await again.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: context }));
  expect(decrypted.Plaintext).toEqual(Plaintext);
  expect((await stat(join(dir, wrapping.id))).mode & 0o777).toBe(0o600);
  again.destroy();
  await restarted.stop();
});

it('does not know any other operation', async () => {
  await expect(client.send(new GenerateRandomCommand({ NumberOfBytes: 1 }))).rejects.toMatchObject({
    name: 'UnknownOperationException',
  });
});
