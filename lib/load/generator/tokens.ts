import * as z from 'zod';
import type { Scope } from '../../api/scope.ts';
import { Unusable } from '../../command-line.ts';
import { LOAD_TENANT, type Target } from '../run/target.ts';

const grant = z.object({ access_token: z.string(), expires_in: z.number() });

/** A token is renewed this long before it ends, in ms. */
const EARLY_MS = 60_000;

type Client = { id: string; secret: string };

/** Whom a stage knows: a product that sends jobs, and those who look after the lanes. */
export type Role = 'product' | 'operations';

const ROLE_SCOPES: Readonly<Record<Role, readonly Scope[]>> = {
  product: ['jobs:read', 'jobs:write', 'privacy:write'],
  operations: ['ops:read', 'ops:write'],
};

type Variables = Record<string, string | undefined>;

const prefixOf = (role: Role) => (role === 'product' ? 'RELAY_CLIENT' : 'RELAY_OPERATIONS_CLIENT');

/** As whom a run comes, from the environment: an issuer on this machine takes anybody. */
const clientOf = (role: Role, variables: Variables): Client => {
  const prefix = prefixOf(role);
  return { id: variables[`${prefix}_ID`] ?? LOAD_TENANT, secret: variables[`${prefix}_SECRET`] ?? '' };
};

/** Gives a token that is good for a while, by the client-credentials grant (RFC 6749, 4.4). */
export const createTokens = (target: Target, role: Role, variables: Variables): (() => Promise<string>) => {
  const request = requestFor(target, role, clientOf(role, variables));
  let current: Promise<{ token: string; untilMs: number }> | undefined;
  const renew = async () => {
    const { access_token, expires_in } = await granted(target, role, request);
    return { token: access_token, untilMs: Date.now() + expires_in * 1_000 - EARLY_MS };
  };
  return async () => {
    const held = await current?.catch(() => undefined);
    if (held !== undefined && held.untilMs > Date.now()) return held.token;
    current = renew();
    return (await current).token;
  };
};

const requestFor = ({ name, tenantId }: Target, role: Role, { id, secret }: Client): RequestInit => ({
  method: 'POST',
  headers: {
    'content-type': 'application/x-www-form-urlencoded',
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
  },
  body: new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: id,
    ...(name === 'local' && { tenant_id: tenantId, scope: ROLE_SCOPES[role].join(' ') }),
  }),
});

const TIMEOUT_MS = 10_000;

const granted = async (
  { tokens, name }: Target,
  role: Role,
  request: RequestInit,
): Promise<z.infer<typeof grant>> => {
  const said = await fetch(tokens, { ...request, signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
    async (response) =>
      response.ok ? grant.safeParse(await response.json().catch(() => undefined)).data : response.status,
    () => 'nobody',
  );
  if (typeof said === 'object') return said;
  const prefix = prefixOf(role);
  const check = name === 'local' ? 'RELAY_ISSUER_PORT' : `RELAY_TOKEN_URL, ${prefix}_ID and ${prefix}_SECRET`;
  throw new Unusable(
    `${tokens} gives ${role} no token (${said ?? 'it answers something else'}): check ${check}`,
  );
};
