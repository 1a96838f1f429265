import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { scopes as allScopes } from '../api/scope.ts';
import { startLoopbackServer } from './cloud/loopback-server.ts';

/** What the local API's tokens are for. */
export const AUDIENCE = 'relay';

/** What a token is to say. */
export type TokenWish = {
  tenantId: string;
  scopes: readonly string[];
  clientId?: string;
  /** Over at once, or before, when it is 0 or less. */
  lifetimeSeconds?: number;
  /** For whom it is, and whom it says that it is from, where these are to be wrong. */
  audience?: string;
  issuer?: string;
};

/** An OpenID issuer for the local API: it gives a token to whoever asks, for any tenant and scopes. */
export type Issuer = { url: string; token(wish: TokenWish): Promise<string>; stop(): Promise<void> };

const KEY_ID = 'local';
const ALGORITHM = 'RS256';
const LIFETIME_SECONDS = 3_600;

export const startIssuer = async (port: number): Promise<Issuer> => {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM);
  const jwk = { ...(await exportJWK(publicKey)), kid: KEY_ID, alg: ALGORITHM, use: 'sig' };
  const server = await startLoopbackServer(port, (request, response) => {
    void reply(issuer, jwk, request)
      .catch(() => unreadable)
      .then(({ status, body }) => send(response, status, body));
  });
  const url = server.endpoint;
  const issuer: Issuer = {
    url,
    token: (wish) => sign(wish, url, privateKey),
    stop: () => server.stop(),
  };
  return issuer;
};

const sign = (
  { tenantId, scopes, clientId = 'local', lifetimeSeconds = LIFETIME_SECONDS, ...claimed }: TokenWish,
  url: string,
  privateKey: CryptoKey,
): Promise<string> => {
  const nowSeconds = Math.floor(Date.now() / 1000);
  return new SignJWT({ client_id: clientId, tenant_id: tenantId, scope: scopes.join(' ') })
    .setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID })
    .setIssuer(claimed.issuer ?? url)
    .setSubject(clientId)
    .setAudience(claimed.audience ?? AUDIENCE)
    .setJti(randomUUID())
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + lifetimeSeconds)
    .sign(privateKey);
};

type Reply = { status: number; body: object };

/** To a path that is no URL's, or a body that broke off. */
const unreadable: Reply = { status: 400, body: { error: 'invalid_request' } };

const reply = async (issuer: Issuer, jwk: object, request: IncomingMessage): Promise<Reply> => {
  const { url: issuerUrl } = issuer;
  const { pathname } = new URL(request.url ?? '/', issuerUrl);
  switch (`${request.method} ${pathname}`) {
    case 'GET /.well-known/openid-configuration':
      return {
        status: 200,
        body: {
          issuer: issuerUrl,
          jwks_uri: `${issuerUrl}/.well-known/jwks.json`,
          token_endpoint: `${issuerUrl}/token`,
          grant_types_supported: ['client_credentials'],
          scopes_supported: allScopes,
        },
      };
    case 'GET /.well-known/jwks.json':
      return { status: 200, body: { keys: [jwk] } };
    case 'POST /token':
      return grant(issuer, new URLSearchParams(await text(request)), request.headers.authorization);
    default:
      return { status: 404, body: { error: 'not_found' } };
  }
};

/**
 * RFC 6749, 4.4. The tenant is the client itself, unless `tenant_id` names another. `audience`, `issuer` and `expires_in`
 * make tokens that the API is to refuse.
 */
const grant = async (issuer: Issuer, form: URLSearchParams, authorization = ''): Promise<Reply> => {
  if (form.get('grant_type') !== 'client_credentials')
    return { status: 400, body: { error: 'unsupported_grant_type' } };
  const basic = Buffer.from(authorization.replace(/^Basic\s+/i, ''), 'base64').toString();
  const clientId = form.get('client_id') ?? basic.split(':')[0] ?? '';
  if (clientId === '') return { status: 401, body: { error: 'invalid_client' } };
  const scope = form.get('scope') ?? allScopes.join(' ');
  const lifetimeSeconds = Number(form.get('expires_in') ?? LIFETIME_SECONDS);
  if (!Number.isSafeInteger(lifetimeSeconds)) return { status: 400, body: { error: 'invalid_request' } };
  const [audience, issuedBy] = [form.get('audience'), form.get('issuer')];
  const wish: TokenWish = {
    tenantId: form.get('tenant_id') ?? clientId,
    scopes: scope.split(' '),
    clientId,
    lifetimeSeconds,
    ...(audience !== null && { audience }),
    ...(issuedBy !== null && { issuer: issuedBy }),
  };
  return {
    status: 200,
    body: {
      access_token: await issuer.token(wish),
      token_type: 'Bearer',
      expires_in: lifetimeSeconds,
      scope,
    },
  };
};

const send = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
