import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeySpec } from '../assembly/deployment.ts';

/** What a key can do: wrap what is to be kept secret, or sign. */
export type KeyMaterial = { kind: 'symmetric'; secret: Buffer } | { kind: 'signing'; privateKey: KeyObject };

/** New material; with a directory, the same the next time. Owners alone may read it: it opens whatever queues and tables keep. */
export const materialOf = async ({ id, signs }: KeySpec, dir: string | undefined): Promise<KeyMaterial> => {
  const file = dir === undefined ? undefined : join(dir, id);
  if (file !== undefined && existsSync(file)) return parse(signs, await readFile(file, 'utf8'));
  const text = signs
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString()
    : randomBytes(32).toString('base64');
  if (file !== undefined && dir !== undefined) {
    await mkdir(dir, { recursive: true });
    await writeFile(file, text, { mode: 0o600 });
  }
  return parse(signs, text);
};

const parse = (signs: boolean, text: string): KeyMaterial =>
  signs
    ? { kind: 'signing', privateKey: createPrivateKey(text) }
    : { kind: 'symmetric', secret: Buffer.from(text, 'base64') };
