import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { refusal } from '../json-service.ts';

type Context = Readonly<Record<string, string>>;

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** A ciphertext says which key it is of, as KMS's own do; the encryption context is bound to it, and not in it. */
export const wrap = (arn: string, secret: Buffer, plain: Buffer, context: Context): Buffer => {
  const name = Buffer.from(arn);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', secret, iv).setAAD(boundTo(arn, context));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.from([name.length]), name, iv, body, cipher.getAuthTag()]);
};

export const unwrap = (secretOf: (arn: string) => Buffer, blob: Buffer, context: Context) => {
  const nameEnd = nameEndIn(blob);
  const arn = keyOf(blob);
  if (blob.length < nameEnd + IV_BYTES + TAG_BYTES) throw invalid();
  const iv = blob.subarray(nameEnd, nameEnd + IV_BYTES);
  try {
    const decipher = createDecipheriv('aes-256-gcm', secretOf(arn), iv, { authTagLength: TAG_BYTES })
      .setAAD(boundTo(arn, context))
      .setAuthTag(blob.subarray(-TAG_BYTES));
    const plain = Buffer.concat([
      decipher.update(blob.subarray(nameEnd + IV_BYTES, -TAG_BYTES)),
      decipher.final(),
    ]);
    return { arn, plain };
  } catch {
    throw invalid();
  }
};

/** ARN of the key that has made the ciphertext, by what that says. */
export const keyOf = (blob: Buffer): string => blob.subarray(1, nameEndIn(blob)).toString();

const nameEndIn = (blob: Buffer): number => 1 + (blob[0] ?? 0);

/** KMS does not say which of key, context and ciphertext is wrong. */
const invalid = () => refusal('InvalidCiphertextException', '');

/** In any order: KMS sorts it. */
const boundTo = (arn: string, context: Context): Buffer =>
  Buffer.from(
    JSON.stringify([arn, Object.entries(context).sort(([one], [other]) => (one < other ? -1 : 1))]),
  );
