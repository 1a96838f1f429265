import { createPublicKey, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import * as z from 'zod';
import type { KeySpec } from '../assembly/deployment.ts';
import type { Callers, DenialOf, OnRequest } from '../aws-request.ts';
import { refusal, startJsonService } from '../json-service.ts';
import type { LoopbackServer } from '../loopback-server.ts';
import { type KeyMaterial, materialOf } from './key-material.ts';
import { unwrap, wrap } from './wrapping.ts';

export type KmsOptions = {
  /** Where the keys outlive the process; without it they are new each time, and what they have wrapped is lost. */
  dir: string | undefined;
  callers: Callers;
  onRequest: OnRequest;
  denialOf?: DenialOf;
};

/** KMS, as far as envelope encryption and signed receipts need it. */
export type Kms = LoopbackServer & { createKey(spec: KeySpec): Promise<void> };

type Key = KeySpec & { material: KeyMaterial };

const context = z.record(z.string(), z.string()).default({});
const bytes = z.string().transform((text) => Buffer.from(text, 'base64'));
const dataKey = z.object({
  KeyId: z.string(),
  KeySpec: z.literal('AES_256'),
  EncryptionContext: context,
});
const wrapped = z.object({
  KeyId: z.string().optional(),
  CiphertextBlob: bytes,
  EncryptionContext: context,
});
/** Longer ones have to be digested first. */
const MAX_MESSAGE_BYTES = 4_096;

/** SHA-256 of the message, by KMS; a digest that the caller has made is not emulated. */
const signed = z.object({
  KeyId: z.string(),
  Message: bytes.refine(({ length }) => length >= 1 && length <= MAX_MESSAGE_BYTES, {
    error: `Value at 'message' failed to satisfy constraint: Member must have length less than or equal to ${MAX_MESSAGE_BYTES}`,
  }),
  MessageType: z.literal('RAW').default('RAW'),
  SigningAlgorithm: z.literal('ECDSA_SHA_256'),
});
const verified = signed.extend({ Signature: bytes });
const named = z.object({ KeyId: z.string() });

export const startKms = async ({ dir, callers, onRequest, denialOf }: KmsOptions): Promise<Kms> => {
  const keys: Key[] = [];
  const find = (id: string): Key => {
    const key = keys.find(({ id: known, arn }) => id === known || id === arn);
    if (key === undefined) throw refusal('NotFoundException', `Key '${id}' does not exist`);
    return key;
  };
  const service = await startJsonService({
    port: 0,
    service: 'kms',
    contentType: 'application/x-amz-json-1.1',
    callers,
    onRequest,
    ...(denialOf !== undefined && { denialOf }),
    handle: async (action, input) => answer(find, action, input),
  });
  const createKey = async (spec: KeySpec) => {
    keys.push({ ...spec, material: await materialOf(spec, dir) });
  };
  return { ...service, createKey };
};

type Find = (id: string) => Key;

const answer = (find: Find, action: string, input: object): object => {
  switch (action) {
    case 'GenerateDataKey':
      return generateDataKey(find, read(dataKey, input));
    case 'Decrypt':
      return decrypt(find, read(wrapped, input));
    case 'Sign':
      return signMessage(find, read(signed, input));
    case 'Verify':
      return verifyMessage(find, read(verified, input));
    case 'GetPublicKey':
      return publicKey(find, read(named, input));
    default:
      throw refusal('UnknownOperationException', `${action} is not emulated`);
  }
};

/** What is not emulated is refused by its field. */
const read = <Value>(schema: z.ZodType<Value>, input: object): Value => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw refusal('ValidationException', z.prettifyError(parsed.error));
};

const generateDataKey = (find: Find, { KeyId, EncryptionContext }: z.infer<typeof dataKey>) => {
  const key = find(KeyId);
  const plain = randomBytes(32);
  return {
    KeyId: key.arn,
    Plaintext: plain.toString('base64'),
    CiphertextBlob: wrap(key.arn, secretOf(key), plain, EncryptionContext).toString('base64'),
  };
};

const decrypt = (find: Find, { KeyId, CiphertextBlob, EncryptionContext }: z.infer<typeof wrapped>) => {
  const { arn, plain } = unwrap((id) => secretOf(find(id)), CiphertextBlob, EncryptionContext);
  if (KeyId !== undefined && find(KeyId).arn !== arn)
    throw refusal(
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    );
  return { KeyId: arn, Plaintext: plain.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
};

const signMessage = (find: Find, { KeyId, Message, SigningAlgorithm }: z.infer<typeof signed>) => {
  const key = find(KeyId);
  const Signature = sign('sha256', Message, privateKeyOf(key)).toString('base64');
  return { KeyId: key.arn, Signature, SigningAlgorithm };
};

const verifyMessage = (find: Find, given: z.infer<typeof verified>) => {
  const key = find(given.KeyId);
  const SignatureValid = verify('sha256', given.Message, createPublicKey(privateKeyOf(key)), given.Signature);
  if (!SignatureValid) throw refusal('KMSInvalidSignatureException', 'The signature is not valid.');
  return { KeyId: key.arn, SignatureValid, SigningAlgorithm: given.SigningAlgorithm };
};

const publicKey = (find: Find, { KeyId }: z.infer<typeof named>) => {
  const key = find(KeyId);
  const der = createPublicKey(privateKeyOf(key)).export({ type: 'spki', format: 'der' });
  return {
    KeyId: key.arn,
    PublicKey: der.toString('base64'),
    KeySpec: 'ECC_NIST_P256',
    KeyUsage: 'SIGN_VERIFY',
    SigningAlgorithms: ['ECDSA_SHA_256'],
  };
};

const invalidUsage = ({ arn }: Key) =>
  refusal('InvalidKeyUsageException', `${arn} key usage is not valid for this operation.`);

const secretOf = (key: Key): Buffer => {
  if (key.material.kind !== 'symmetric') throw invalidUsage(key);
  return key.material.secret;
};

const privateKeyOf = (key: Key): KeyObject => {
  if (key.material.kind !== 'signing') throw invalidUsage(key);
  return key.material.privateKey;
};
