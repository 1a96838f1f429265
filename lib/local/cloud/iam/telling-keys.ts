import type { Policies } from '../assembly/plan-policies.ts';
import type { Statement } from '../assembly/policy-schemas.ts';
import { type Access, type Context, type Principal, policyHolderOf } from './access.ts';

/** What of a context the policies look at: two requests that differ in nothing else are decided alike. */
export const tellingContext = (
  policies: Policies,
  { principal, action, resource, context }: Access,
): Context => {
  const keys = new Set(
    statementsFor(policies, principal, resource)
      .filter((statement) => concerns(statement, action, resource))
      .flatMap(({ Condition = {} }) => Object.values(Condition).flatMap((test) => Object.keys(test)))
      .map((key) => key.toLowerCase()),
  );
  return Object.fromEntries(Object.entries(context).filter(([key]) => keys.has(key.toLowerCase())));
};

const statementsFor = (
  { ofRoles, ofResources }: Policies,
  principal: Principal,
  resource: string,
): Statement[] => [
  ...(principal.kind === 'role' ? (ofRoles.get(principal.roleArn) ?? []) : []),
  ...(ofResources.get(policyHolderOf(resource)) ?? []),
];

const concerns = ({ Action, Resource }: Statement, action: string, resource: string): boolean =>
  Action.some((pattern) => fits(pattern.toLowerCase(), action.toLowerCase())) &&
  Resource.some((pattern) => fits(pattern, resource));

/** `*` stands for any text, `?` for any character. */
const fits = (pattern: string, text: string): boolean =>
  pattern === text || (/[*?]/.test(pattern) && asRegExp(pattern).test(text));

const asRegExp = (pattern: string): RegExp => {
  const literal = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
};
