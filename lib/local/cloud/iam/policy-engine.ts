import type { Policies } from '../assembly/plan-policies.ts';
import type { Statement } from '../assembly/policy-schemas.ts';
import { ACCOUNT_ID } from '../assembly/template-value.ts';
import {
  type Access,
  type Decision,
  type Grant,
  type Principal,
  policyHolderOf,
  principalArn,
} from './access.ts';

/** Loads while the templates are synthesized: it takes 0.2 s. AGPL, so it never becomes a part of what is deployed. */
const engine = import('@cloud-copilot/iam-simulate');

type Analyses = Extract<
  Awaited<ReturnType<Awaited<typeof engine>['runSimulation']>>,
  { resultType: 'single' }
>['result']['analysis'];
type Analysis = NonNullable<Analyses['identityAnalysis'] | Analyses['resourceAnalysis']>;
type Explained = Analysis['allowStatements'][number]['explain'];

/** Decides on an access as IAM does within one account; costs a millisecond. */
export const decide = async (policies: Policies, access: Access): Promise<Decision> => {
  const { principal, action, resource, context } = access;
  const { runSimulation } = await engine;
  const resourcePolicy = policies.ofResources.get(policyHolderOf(resource));
  const outcome = await runSimulation(
    {
      request: {
        principal: principalArn(principal),
        action,
        resource: { resource, accountId: accountIn(resource) },
        contextVariables: { ...contextOf(principal), ...mutable(context) },
      },
      identityPolicies: identityPoliciesOf(policies, principal),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourcePolicy !== undefined && { resourcePolicy: documentOf(resourcePolicy) }),
    },
    {},
  );
  if (outcome.resultType !== 'single')
    throw new Error(`IAM cannot decide on ${action} of ${resource}: ${JSON.stringify(outcome)}`);
  return decisionOf(access, outcome.result.analysis);
};

/** Everything here belongs to one account; the ARN of a bucket does not name it. */
const accountIn = (arn: string): string => arn.split(':')[4] || ACCOUNT_ID;

const mutable = (context: Access['context']): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(context).map(([key, value]) => [key, typeof value === 'string' ? value : [...value]]),
  );

/** What IAM itself knows. Nothing here speaks TLS; on AWS everything does, so requests count as if they did. */
const contextOf = (principal: Principal): Record<string, string> => ({
  'aws:SecureTransport': 'true',
  ...(principal.kind === 'role' && {
    'aws:PrincipalArn': principal.roleArn,
    'aws:PrincipalAccount': accountIn(principal.roleArn),
  }),
});

const identityPoliciesOf = ({ ofRoles }: Policies, principal: Principal) =>
  principal.kind === 'role'
    ? [{ name: principal.roleArn, policy: documentOf(ofRoles.get(principal.roleArn) ?? []) }]
    : [];

const documentOf = (statements: readonly Statement[]) => ({ Version: '2012-10-17', Statement: statements });

const decisionOf = (access: Access, analyses: Analyses): Decision => {
  if (analyses.result !== 'Allowed') return { kind: 'denied', because: reasonOf(access, analyses) };
  const { principal, resource } = access;
  const own = principal.kind === 'role' ? grantsOf(principal.roleArn, analyses.identityAnalysis) : [];
  return {
    kind: 'allowed',
    grants: [...own, ...grantsOf(policyHolderOf(resource), analyses.resourceAnalysis)],
  };
};

const grantsOf = (of: string, analysis: Analysis | undefined): Grant[] =>
  (analysis?.allowStatements ?? []).flatMap(({ explain }) =>
    matching(explain.actions, 'action').flatMap((action) =>
      matching(explain.resources, 'resource').map((resource) => ({
        of,
        statement: Number(explain.identifier) - 1,
        action,
        resource,
      })),
    ),
  );

const matching = <Name extends 'action' | 'resource'>(
  explained: Explained[`${Name}s`],
  name: Name,
): string[] => {
  const all: readonly { matches: boolean; action?: string; resource?: string }[] = [explained ?? []].flat();
  return all.filter(({ matches }) => matches).map((found) => found[name] ?? '');
};

const reasonOf = ({ principal, action }: Access, analyses: Analyses): string => {
  if (analyses.identityAnalysis?.result === 'ExplicitlyDenied')
    return 'with an explicit deny in an identity-based policy';
  if (analyses.resourceAnalysis?.result === 'ExplicitlyDenied')
    return 'with an explicit deny in a resource-based policy';
  const kind = principal.kind === 'role' ? 'identity' : 'resource';
  return `because no ${kind}-based policy allows the ${action} action`;
};
