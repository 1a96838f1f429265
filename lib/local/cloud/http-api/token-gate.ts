import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import * as z from 'zod';
import type { RouteGuard } from '../assembly/plan-http-api.ts';

/** Claims as API Gateway passes them on: every value as a text. */
export type Admission =
  | { kind: 'admitted'; claims: Record<string, string> }
  | { kind: 'unauthorized' }
  | { kind: 'forbidden' };

const configuration = z.object({ issuer: z.string(), jwks_uri: z.url() });

type KeySet = ReturnType<typeof createRemoteJWKSet>;

/**
 * A JWT authorizer: the issuer's keys by its configuration document; issuer, audience (`aud`, or else `client_id`) and
 * times; then one of the route's scopes ("Control access to HTTP APIs with JWT authorizers").
 */
export const createTokenGate = () => {
  const keySets = new Map<string, Promise<KeySet>>();
  const keysOf = (issuer: string): Promise<KeySet> => {
    const known = keySets.get(issuer) ?? discover(issuer);
    keySets.set(issuer, known);
    known.catch(() => keySets.delete(issuer));
    return known;
  };
  return async (guard: RouteGuard, authorization: string | undefined): Promise<Admission> => {
    const token = authorization?.replace(/^Bearer\s+/i, '');
    if (token === undefined || token === '') return { kind: 'unauthorized' };
    const payload = await verified(token, guard, keysOf);
    if (payload === undefined || !isMeantFor(payload, guard.audience)) return { kind: 'unauthorized' };
    const held = new Set(String(payload.scope ?? payload.scp ?? '').split(' '));
    if (guard.scopes.length > 0 && !guard.scopes.some((scope) => held.has(scope)))
      return { kind: 'forbidden' };
    return { kind: 'admitted', claims: textsOf(payload) };
  };
};

const discover = async (issuer: string): Promise<KeySet> => {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const { jwks_uri } = configuration.parse(await (await fetch(url)).json());
  return createRemoteJWKSet(new URL(jwks_uri));
};

const verified = async (
  token: string,
  { issuer }: RouteGuard,
  keysOf: (issuer: string) => Promise<KeySet>,
): Promise<JWTPayload | undefined> => {
  try {
    const { payload } = await jwtVerify(token, await keysOf(issuer), {
      issuer,
      algorithms: ['RS256', 'RS384', 'RS512'],
      requiredClaims: ['exp'],
    });
    return payload;
  } catch {
    return undefined;
  }
};

const isMeantFor = ({ aud, client_id }: JWTPayload, audience: readonly string[]): boolean => {
  const named = aud === undefined ? [String(client_id)] : [aud].flat();
  return named.some((name) => audience.includes(name));
};

const textsOf = (payload: JWTPayload): Record<string, string> =>
  Object.fromEntries(
    Object.entries(payload).map(([name, value]) => [
      name,
      Array.isArray(value) ? `[${value.join(' ')}]` : String(value),
    ]),
  );
