import type * as z from 'zod/mini';
import { parseJson } from './providers/parse-json.ts';
import { readSecretText } from './read-secret.ts';

/** Why there is no value: the secret holds none that can be read until a person acts, or it cannot be asked just now. */
export type SecretLack = { kind: 'unreadable' } | { kind: 'unavailable' };

type Found<Value> = { kind: 'found'; value: Value };

/** A secret of Secrets Manager that is read now and then. */
export type KeptSecret<Value> = {
  current(): Promise<Found<Value> | SecretLack>;
  /** Reads it again soon if the value in hand is meant: it may have been replaced. */
  distrust(isMeant: (value: Value) => boolean): void;
};

/** How long a value is used before it is read again, in ms: the lag of a rotation. */
const KEPT_FOR_MS = 300_000;

/** A read that failed is not repeated for every use while an older value is there to go on with. In ms. */
const STALE_FOR_MS = 30_000;

/** A value in doubt may have been rotated: it is read again, but if it is dead for good not for every use. In ms. */
const DOUBTED_FOR_MS = 10_000;

/** When the secret was last read, or could not be, and until when that will do. */
type Kept<Value> = Found<Value> & { readAtMs: number; untilMs: number };

export type KeptSecretParts = {
  /** ms since 1970. */
  now(): number;
  /** Told why a read has failed. */
  onFault(error: unknown): void;
};

/** Reads a JSON secret, and keeps it for five minutes, and longer as long as it cannot be read again. */
export const createKeptSecret = <Value>(
  secretId: string,
  schema: z.ZodMiniType<Value>,
  { now, onFault }: KeptSecretParts,
): KeptSecret<Value> => {
  let kept: Kept<Value> | undefined;
  let reading: Promise<Found<Value> | SecretLack> | undefined;
  const read = async (): Promise<Found<Value> | SecretLack> => {
    const found = await readSecret(secretId, schema, onFault);
    const readAtMs = now();
    if (found.kind === 'found') kept = { ...found, readAtMs, untilMs: readAtMs + KEPT_FOR_MS };
    else if (kept !== undefined) kept = { ...kept, readAtMs, untilMs: readAtMs + STALE_FOR_MS };
    reading = undefined;
    return kept ?? found;
  };
  return {
    current: async () => {
      if (kept !== undefined && now() < kept.untilMs) return kept;
      reading ??= read();
      return reading;
    },
    distrust: (isMeant) => {
      if (kept === undefined || !isMeant(kept.value)) return;
      kept.untilMs = Math.min(kept.untilMs, kept.readAtMs + DOUBTED_FOR_MS);
    },
  };
};

/** What the secret holds is not what is looked for. Its text stays untold. */
class MalformedSecret extends Error {
  override name = 'MalformedSecret';
}

/** What only a person ends: no permission, no secret, one that awaits deletion, a disabled encryption key, another value. */
const LASTING = new Set([
  'AccessDeniedException',
  'ResourceNotFoundException',
  'InvalidRequestException',
  'DecryptionFailure',
  'MalformedSecret',
]);

const readSecret = async <Value>(
  secretId: string,
  schema: z.ZodMiniType<Value>,
  onFault: KeptSecretParts['onFault'],
): Promise<Found<Value> | SecretLack> => {
  try {
    const { data } = schema.safeParse(parseJson(await readSecretText(secretId)));
    if (data === undefined) throw new MalformedSecret();
    return { kind: 'found', value: data };
  } catch (error) {
    onFault(error);
    const isLasting = error instanceof Error && LASTING.has(error.name);
    return { kind: isLasting ? 'unreadable' : 'unavailable' };
  }
};
