import * as z from 'zod';
import { scopes as allScopes } from '../../lib/api/scope.ts';
import type { LocalRelay } from '../end-to-end/local-relay.ts';

/** What a token is to say; `audience`, `issuer` and `expiresIn` make tokens that are to be refused. */
export type TokenWish = {
  tenant: string;
  scopes?: readonly string[];
  audience?: string;
  issuer?: string;
  expiresIn?: number;
};

const grant = z.object({ access_token: z.string() });

/** A token of the local issuer, as any client gets one. */
export const tokenFrom = async (
  { endpoints }: Pick<LocalRelay, 'endpoints'>,
  { tenant, scopes = allScopes, audience, issuer, expiresIn }: TokenWish,
): Promise<string> => {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'test',
    tenant_id: tenant,
    scope: scopes.join(' '),
    ...(audience !== undefined && { audience }),
    ...(issuer !== undefined && { issuer }),
    ...(expiresIn !== undefined && { expires_in: String(expiresIn) }),
  });
  const reply = await fetch(endpoints.tokens, { method: 'POST', body: form });
  return grant.parse(await reply.json()).access_token;
};
