import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import type { ContentPlace, Opened } from '../../pipeline/ports.ts';

/** All keys are AES-256's. In bytes. */
export const KEY_BYTES = 32;

const VERSION = 1;
const SALT_BYTES = 16;
const CHECK_BYTES = 8;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + SALT_BYTES + CHECK_BYTES;

// Node takes a key that is bytes, too, and five times as long for each use of it.

/** A key for one purpose, made of another. */
export const deriveKey = (key: Uint8Array, purpose: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', key, '', `relay ${purpose}`, KEY_BYTES)));

/** A name that nobody without the key can tell from chance: 43 letters, digits, `-` and `_`. */
export const keyedName = (key: KeyObject, text: string): string =>
  createHmac('sha256', key).update(text).digest('base64url');

/** AES-256-GCM: iv, ciphertext, tag. The key must be one that few texts are ever sealed with (random iv, NIST SP 800-38D). */
export const encrypt = (key: KeyObject, plain: Uint8Array, place: string): Buffer => {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(place));
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
};

/** Throws when key, place or bytes are not those of the sealing. */
export const decrypt = (key: KeyObject, sealed: Uint8Array, place: string): Buffer => {
  const iv = sealed.subarray(0, IV_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(place))
    .setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
};

/**
 * Seals a text with all of the keys: the key of the text is derived from them and a salt of its own, so that each of them
 * is needed. The check tells keys that have changed since from a text that has been tampered with.
 */
export const sealText = (keys: readonly Uint8Array[], place: ContentPlace, text: string): Uint8Array => {
  const salt = randomBytes(SALT_BYTES);
  const { key, check } = contentKey(keys, salt);
  return Buffer.concat([
    Buffer.from([VERSION]),
    salt,
    check,
    encrypt(key, Buffer.from(text), placeText(place)),
  ]);
};

export const openText = (keys: readonly Uint8Array[], place: ContentPlace, sealed: Uint8Array): Opened => {
  if (sealed[0] !== VERSION || sealed.length < HEAD_BYTES + IV_BYTES + TAG_BYTES)
    throw new Error('this is no sealed text');
  const { key, check } = contentKey(keys, sealed.subarray(1, 1 + SALT_BYTES));
  if (!timingSafeEqual(check, sealed.subarray(1 + SALT_BYTES, HEAD_BYTES))) return { kind: 'erased' };
  return { kind: 'opened', text: decrypt(key, sealed.subarray(HEAD_BYTES), placeText(place)).toString() };
};

const contentKey = (keys: readonly Uint8Array[], salt: Uint8Array) => {
  const derived = Buffer.from(
    hkdfSync('sha256', Buffer.concat(keys), salt, 'relay content', KEY_BYTES + CHECK_BYTES),
  );
  return { key: createSecretKey(derived.subarray(0, KEY_BYTES)), check: derived.subarray(KEY_BYTES) };
};

const placeText = ({ what, tenantId, id }: ContentPlace): string =>
  JSON.stringify(['relay', VERSION, what, tenantId, id]);
