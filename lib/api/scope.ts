/** What a token may be good for. A route asks for any one of its scopes. */
export const scopes = ['jobs:read', 'jobs:write', 'ops:read', 'ops:write', 'privacy:write'] as const;

export type Scope = (typeof scopes)[number];

/** On whose behalf a request is made: all of it from its token, which API Gateway has verified. */
export type Caller = {
  tenantId: string;
  /** The client that got the token: who is named in the audit trail. May be empty where nothing is changed. */
  clientId: string;
  scopes: readonly Scope[];
};

/** People of the platform see what all tenants have done; everybody else sees their tenant alone. */
export const isOperator = ({ scopes: held }: Caller): boolean => held.includes('ops:read');

/** Who may change things is named in the trail of it. */
export const mayChange = (wanted: readonly Scope[]): boolean =>
  wanted.some((scope) => scope.endsWith(':write'));
