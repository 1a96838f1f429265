import * as z from 'zod';
import { scopes } from '../../api/scope.ts';
import { LOAD_TENANT, type Target } from '../run/target.ts';

const grant = z.object({ access_token: z.string(), expires_in: z.number() });

/** A token is renewed this long before it ends, in ms. */
const EARLY_MS = 60_000;

type Client = { id: string; secret: string };

/** The client that load runs are, from the environment: a target on this machine takes any. */
export const clientOf = (variables: Record<string, string | undefined>): Client => ({
  id: variables.RELAY_CLIENT_ID ?? LOAD_TENANT,
  secret: variables.RELAY_CLIENT_SECRET ?? '',
});

/** Gives a token that is good for a while, by the client-credentials grant (RFC 6749, 4.4). */
export const createTokens = (
  { tokens, name, tenantId }: Target,
  { id, secret }: Client,
): (() => Promise<string>) => {
  let current: Promise<{ token: string; untilMs: number }> | undefined;
  const renew = async () => {
    const response = await fetch(tokens, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
      },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: id,
        ...(name === 'local' && { tenant_id: tenantId, scope: scopes.join(' ') }),
      }),
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(`no token: ${tokens} answers ${response.status}`);
    const { access_token, expires_in } = grant.parse(await response.json());
    return { token: access_token, untilMs: Date.now() + expires_in * 1_000 - EARLY_MS };
  };
  return async () => {
    const held = await current?.catch(() => undefined);
    if (held !== undefined && held.untilMs > Date.now()) return held.token;
    current = renew();
    return (await current).token;
  };
};
