import type { APIGatewayEventRequestContextJWTAuthorizer } from 'aws-lambda';
import { type Problem, problem } from '../../api/problem.ts';
import { type Caller, mayChange, type Scope, scopes } from '../../api/scope.ts';

type Jwt = Partial<Pick<APIGatewayEventRequestContextJWTAuthorizer['jwt'], 'claims'>> | undefined;

/** How the stage's issuer writes what Relay asks for. */
export type TokenRules = {
  /** The claim that names the tenant. */
  tenantClaim: string;
  /** What stands before each of Relay's scopes: Cognito puts its resource server there. */
  scopePrefix: string;
};

/** In characters: names of tenants and clients are written into rows, keys and logs. */
const LONGEST_NAME = 128;

/**
 * Who calls, by the claims that API Gateway has verified, for a route that wants one of these scopes. It passes claims on
 * as texts. Scopes come from the claim `scope` and the client from `client_id` (RFC 9068), or `azp` of issuers that write
 * that. Never from `sub`, which may be a person, and would stand in the trail of what was changed.
 */
export const callerOf = (
  jwt: Jwt,
  { tenantClaim, scopePrefix }: TokenRules,
  wanted: readonly Scope[],
): Caller | Problem => {
  const textOf = (claim: string): string => {
    const value = jwt?.claims?.[claim];
    return typeof value === 'string' ? value : '';
  };
  const nameOf = (...claims: string[]): string => {
    const name = claims.map(textOf).find((text) => text !== '') ?? '';
    return name.length > LONGEST_NAME || !name.isWellFormed() ? '' : name;
  };
  const tenantId = nameOf(tenantClaim);
  if (tenantId === '') return missing('no-tenant', `"${tenantClaim}"`);
  const clientId = nameOf('client_id', 'azp');
  if (clientId === '' && mayChange(wanted)) return missing('no-client', '"client_id" or "azp"');
  const held = new Set(textOf('scope').split(' '));
  return {
    tenantId,
    clientId,
    scopes: scopes.filter((scope) => held.has(`${scopePrefix}${scope}`)),
  };
};

const missing = (name: 'no-tenant' | 'no-client', claim: string): Problem =>
  problem(name, `Ask the issuer for a token with the claim ${claim}, 1 to ${LONGEST_NAME} characters.`);
