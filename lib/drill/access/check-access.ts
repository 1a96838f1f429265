import { readAssembly } from '../../local/cloud/assembly/assembly.ts';
import { planDeployment } from '../../local/cloud/assembly/deployment.ts';
import type { Policies } from '../../local/cloud/assembly/plan-policies.ts';
import type { Access, Grant } from '../../local/cloud/iam/access.ts';
import { grantsIn } from '../../local/cloud/iam/grants.ts';
import { decide } from '../../local/cloud/iam/policy-engine.ts';
import { deedOf, readAccessRecord, shortened } from './access-record.ts';
import { type Acknowledgement, acknowledged, type Complaint } from './acknowledged-grants.ts';

/** The policies that an assembly declares. */
const policiesOfAssembly = async (assemblyDir: string): Promise<Policies> => {
  const assembly = await readAssembly(assemblyDir);
  return planDeployment(assembly, { region: assembly.region, awsEndpoint: 'http://127.0.0.1' }).policies;
};

/** What is wrong with the grants of an assembly of stage `local`, by what was seen to be used. */
export const problemsOfGrants = async (assemblyDir: string, recordFile: string): Promise<string[]> => {
  const policies = await policiesOfAssembly(assemblyDir);
  return grantProblems(policies, await readAccessRecord(recordFile), acknowledged);
};

/**
 * A sentence for each access of the record that is refused, for each grant that no access needs, or that is for more
 * than one thing, unless that is acknowledged, and for each acknowledgement that nothing asks for.
 */
export const grantProblems = async (
  policies: Policies,
  record: readonly Access[],
  excuses: readonly Acknowledgement[],
): Promise<string[]> => {
  const { refused, needed } = await judge(policies, record);
  const idle = new Set(excuses);
  const complaints = grantsIn(policies).flatMap((grant) =>
    complaintsOf(grant, needed.has(nameOf(grant))).flatMap((complaint) => {
      const excuse = excuses.find((it) => it.complaints.includes(complaint) && it.covers(grant));
      if (excuse === undefined) return [`${nameOf(grant)} ${complaint}`];
      idle.delete(excuse);
      return [];
    }),
  );
  return [
    ...refused.map((access) => `${deedOf(access)} was seen, and is refused`),
    ...complaints,
    ...[...idle].map(({ reason }) => `nothing is acknowledged by "${reason}"`),
  ];
};

const judge = async (policies: Policies, record: readonly Access[]) => {
  const refused: Access[] = [];
  const needed = new Set<string>();
  for (const access of record) {
    const decision = await decide(policies, access);
    if (decision.kind === 'denied') refused.push(access);
    else for (const grant of neededOf(decision.grants)) needed.add(nameOf(grant));
  }
  return { refused, needed };
};

/** Of two grants in one policy that let the same access through, neither is needed. */
const neededOf = (grants: readonly Grant[]): Grant[] =>
  grants.filter(({ of }) => grants.filter((other) => other.of === of).length === 1);

const complaintsOf = ({ action, resource }: Grant, isNeeded: boolean): Complaint[] => [
  ...(isNeeded ? [] : ['is needed by nothing that was seen' as const]),
  ...(action.includes('*') ? ['is for any action' as const] : []),
  ...(resource.includes('*') ? ['is for any resource' as const] : []),
];

/** `role: action on resource` */
const nameOf = ({ of, statement, action, resource }: Grant): string =>
  `${shortened(of)}, statement ${statement}: ${action} on ${shortened(resource)}`;
