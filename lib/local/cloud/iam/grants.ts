import type { Policies } from '../assembly/plan-policies.ts';
import type { Statement } from '../assembly/policy-schemas.ts';
import type { Grant } from './access.ts';

/** Every action on every resource that some statement allows. */
export const grantsIn = ({ ofRoles, ofResources }: Policies): Grant[] =>
  [...ofRoles, ...ofResources].flatMap(([of, statements]) =>
    statements.flatMap((statement, index) => grantsOf(of, statement, index)),
  );

const grantsOf = (of: string, { Effect, Action, Resource }: Statement, index: number): Grant[] =>
  Effect === 'Deny'
    ? []
    : Action.flatMap((action) => Resource.map((resource) => ({ of, statement: index, action, resource })));

/** The same policies without one statement. */
export const withoutStatement = (policies: Policies, of: string, index: number): Policies => {
  const without = (statements: Map<string, Statement[]>) => {
    const those = statements.get(of);
    return those === undefined ? statements : new Map(statements).set(of, those.toSpliced(index, 1));
  };
  return { ofRoles: without(policies.ofRoles), ofResources: without(policies.ofResources) };
};
