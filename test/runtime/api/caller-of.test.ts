import { problem } from '../../../lib/api/problem.ts';
import { callerOf } from '../../../lib/runtime/api/caller-of.ts';

const rules = { tenantClaim: 'tenant_id', scopePrefix: 'relay/' };

const clientOf = (claims: Record<string, string>, scope: 'ops:read' | 'ops:write') => {
  const jwt = { claims: { tenant_id: 'tenant-a', scope: `relay/${scope}`, ...claims } };
  const caller = callerOf(jwt, rules, [scope]);
  return 'kind' in caller ? caller.name : caller.clientId;
};

describe('the client of a token', () => {
  it.each([
    [{ client_id: 'desk', azp: 'other', sub: 'person' }, 'desk'],
    [{ azp: 'desk', sub: 'person' }, 'desk'],
    [{ client_id: '', azp: 'desk' }, 'desk'],
    [{ client_id: 'c'.repeat(128) }, 'c'.repeat(128)],
  ])('of %j is %s', (claims, client) => {
    expect(clientOf(claims, 'ops:write')).toBe(client);
  });

  it.each([{ sub: 'person' }, { client_id: 'c'.repeat(129), azp: 'desk' }, {}])(
    'of %j is nobody, who may read and change nothing',
    (claims) => {
      expect(clientOf(claims, 'ops:write')).toBe('no-client');
      expect(clientOf(claims, 'ops:read')).toBe('');
    },
  );
});

it('a token without a tenant opens nothing, and is told which claim is missing', () => {
  expect(callerOf({ claims: { client_id: 'desk', scope: 'relay/ops:read' } }, rules, ['ops:read'])).toEqual(
    problem('no-tenant', 'Ask the issuer for a token with the claim "tenant_id", 1 to 128 characters.'),
  );
});
