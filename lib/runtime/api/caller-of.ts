import type { APIGatewayEventRequestContextJWTAuthorizer } from 'aws-lambda';
import { type Problem, problem } from '../../api/problem.ts';
import { type Caller, scopes } from '../../api/scope.ts';

type Jwt = Partial<Pick<APIGatewayEventRequestContextJWTAuthorizer['jwt'], 'claims'>> | undefined;

/** How the stage's issuer writes what Relay asks for. */
export type TokenRules = {
  /** The claim that names the tenant. */
  tenantClaim: string;
  /** What stands before each of Relay's scopes: Cognito puts its resource server there. */
  scopePrefix: string;
};

/**
 * Who calls, by the claims that API Gateway has verified. It passes claims on as texts. Scopes come from the claim
 * `scope` (RFC 9068), the client from `client_id`, or `sub` of issuers that have no such claim.
 */
export const callerOf = (jwt: Jwt, { tenantClaim, scopePrefix }: TokenRules): Caller | Problem => {
  const textOf = (claim: string): string => {
    const value = jwt?.claims?.[claim];
    return typeof value === 'string' ? value : '';
  };
  const tenantId = textOf(tenantClaim);
  if (tenantId === '' || tenantId.length > 128)
    return problem(
      'no-tenant',
      `Ask the issuer for a token with the claim "${tenantClaim}", 1 to 128 characters.`,
    );
  const held = new Set(textOf('scope').split(' '));
  return {
    tenantId,
    clientId: textOf('client_id') || textOf('sub'),
    scopes: scopes.filter((scope) => held.has(`${scopePrefix}${scope}`)),
  };
};
