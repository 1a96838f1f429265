import * as z from 'zod/mini';

/** What a key may have, in bytes (Standard Webhooks, "Signature scheme"). */
const LEAST_KEY_BYTES = 24;
const MOST_KEY_BYTES = 64;

/** What base64 text stands for, in bytes. */
const bytesOf = (base64: string): number => Math.floor((base64.replace(/=+$/, '').length * 6) / 8);

export const KEY_PREFIX = 'whsec_';

const secret = z.string().check(
  z.regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/),
  z.refine((text) => {
    const bytes = bytesOf(text.slice(KEY_PREFIX.length));
    return LEAST_KEY_BYTES <= bytes && bytes <= MOST_KEY_BYTES;
  }, `has no key of ${LEAST_KEY_BYTES} to ${MOST_KEY_BYTES} bytes`),
);

/** Where a tenant wants to be told of its jobs. All secrets sign, the newest first: while one is rotated there are two. */
export const endpoint = z.strictObject({
  url: z.string().check(z.minLength(1), z.maxLength(2_000)),
  secrets: z.array(secret).check(z.minLength(1), z.maxLength(5)),
});

export type Endpoint = z.infer<typeof endpoint>;

/** Endpoints by tenant. Each is read by itself: what one tenant has wrong must not silence the others. */
export const endpointsByTenant = z.record(z.string(), z.unknown());

export type FoundEndpoint =
  | { kind: 'none' }
  | { kind: 'endpoint'; endpoint: Endpoint }
  | { kind: 'malformed' };

export const findEndpoint = (all: Readonly<Record<string, unknown>>, tenantId: string): FoundEndpoint => {
  if (!Object.hasOwn(all, tenantId)) return { kind: 'none' };
  const { data } = endpoint.safeParse(all[tenantId]);
  return data === undefined ? { kind: 'malformed' } : { kind: 'endpoint', endpoint: data };
};
