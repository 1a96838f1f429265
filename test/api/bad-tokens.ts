import { createHmac } from 'node:crypto';
import { type Api, tokenFrom } from './api-client.ts';

const encoded = (claims: object): string => Buffer.from(JSON.stringify(claims)).toString('base64url');

/** Tokens that nobody may get in with, by what is wrong with them. They ask for every scope, and differ in that alone. */
export const badTokens = async (relay: Api, tenant: string): Promise<Record<string, string | undefined>> => {
  const good = await tokenFrom(relay, { tenant });
  const [header = '', payload = '', signature = ''] = good.split('.');
  const claims: object = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const keys = await (await fetch(new URL('/.well-known/jwks.json', relay.endpoints.tokens))).text();
  const forged = `${encoded({ alg: 'HS256', kid: 'local' })}.${payload}`;
  return {
    none: undefined,
    'no token at all': 'hello',
    expired: await tokenFrom(relay, { tenant, expiresIn: -1 }),
    'for another audience': await tokenFrom(relay, { tenant, audience: 'billing' }),
    'of another issuer': await tokenFrom(relay, { tenant, issuer: 'https://issuer.example' }),
    'with other claims': `${header}.${encoded({ ...claims, tenant_id: 'victim' })}.${signature}`,
    'with another signature': `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
    'without a signature': `${header}.${payload}.`,
    'alg none': `${encoded({ alg: 'none', typ: 'JWT' })}.${payload}.`,
    'signed with the public key': `${forged}.${createHmac('sha256', keys).update(forged).digest('base64url')}`,
  };
};
