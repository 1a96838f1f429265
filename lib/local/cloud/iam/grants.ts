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

/** Where a statement stands: a role has a policy of its own, and one that says who may take it on. */
export type StatementPlace = { kind: keyof Policies; of: string; index: number };

/** The same policies without one statement. */
export const withoutStatement = (policies: Policies, { kind, of, index }: StatementPlace): Policies => {
  const statements = policies[kind].get(of) ?? [];
  return { ...policies, [kind]: new Map(policies[kind]).set(of, statements.toSpliced(index, 1)) };
};
