import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deedOf, RECORD_FILE, readAccessRecord } from '../../../lib/drill/access/access-record.ts';
import { readAssembly } from '../../../lib/local/cloud/assembly/assembly.ts';
import { type Deployment, planDeployment } from '../../../lib/local/cloud/assembly/deployment.ts';
import type { Policies } from '../../../lib/local/cloud/assembly/plan-policies.ts';
import type { Statement } from '../../../lib/local/cloud/assembly/policy-schemas.ts';
import { type Access, policyHolderOf } from '../../../lib/local/cloud/iam/access.ts';
import { createAccessControl } from '../../../lib/local/cloud/iam/access-control.ts';
import { type StatementPlace, withoutStatement } from '../../../lib/local/cloud/iam/grants.ts';
import { decide } from '../../../lib/local/cloud/iam/policy-engine.ts';
import { synthesize } from '../../../lib/local/synthesize.ts';

let dir: string;
let region: string;
let deployment: Deployment;
let record: readonly Access[];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'relay-statements-'));
  await synthesize(process.cwd(), dir, { openai: 'http://127.0.0.1:9/v1' });
  const assembly = await readAssembly(dir);
  region = assembly.region;
  deployment = planDeployment(assembly, { region, awsEndpoint: 'http://127.0.0.1' });
  record = await readAccessRecord(RECORD_FILE);
});

afterAll(() => rm(dir, { recursive: true, force: true }));

type Placed = StatementPlace & { statement: Statement };

const statementsOf = (kind: keyof Policies): Placed[] =>
  [...deployment.policies[kind]].flatMap(([of, statements]) =>
    statements.map((statement, index) => ({ kind, of, index, statement })),
  );

const textOf = ({ of, statement }: Placed): string =>
  `${of}: ${statement.Effect} ${statement.Action.join(', ')}`;

/** What a policy speaks of; a role's names every action. */
const concerns = ({ kind, of, statement }: Placed, { principal, resource, action }: Access): boolean =>
  kind === 'ofResources'
    ? policyHolderOf(resource) === of
    : principal.kind === 'role' && principal.roleArn === of && statement.Action.includes(action);

/** A statement that denies is for what nobody does here: it speaks no TLS. */
const inPlainText = (access: Access): Access => ({
  ...access,
  context: { ...access.context, 'aws:SecureTransport': 'false' },
});

const isDenied = async (by: Policies, access: Access): Promise<boolean> =>
  (await decide(by, access)).kind === 'denied';

/** What was seen, and is decided otherwise without this statement. */
const changedWithout = async (placed: Placed): Promise<string[]> => {
  const less = withoutStatement(deployment.policies, placed);
  const changed: string[] = [];
  for (const seen of record.filter((each) => concerns(placed, each))) {
    const access = placed.statement.Effect === 'Deny' ? inPlainText(seen) : seen;
    if ((await isDenied(deployment.policies, access)) !== (await isDenied(less, access)))
      changed.push(deedOf(access));
  }
  return changed;
};

it.each([
  ['of a role', 'ofRoles'],
  ['of a resource', 'ofResources'],
] as const)('no policy %s loses a statement without something being decided otherwise', async (_, kind) => {
  const unnoticed: string[] = [];
  for (const placed of statementsOf(kind))
    if ((await changedWithout(placed)).length === 0) unnoticed.push(textOf(placed));
  expect(statementsOf(kind).length).toBeGreaterThan(20);
  expect(unnoticed).toEqual([]);
});

describe('a stage does not start', () => {
  const startWithout = (placed: StatementPlace): Promise<void> => {
    const policies = withoutStatement(deployment.policies, placed);
    return createAccessControl().govern({ ...deployment, policies }, region);
  };

  const isForService = ({ statement: { Effect, Principal } }: Placed): boolean =>
    Effect === 'Allow' && typeof Principal === 'object' && 'Service' in Principal;

  it('without a statement that lets a service of AWS do its part', async () => {
    const ofServices = statementsOf('ofResources').filter(isForService);
    expect(ofServices.length).toBeGreaterThan(20);
    for (const placed of ofServices) {
      const actions = placed.statement.Action.join('|');
      await expect(startWithout(placed)).rejects.toThrow(
        new RegExp(`^AWS would not run this\\.\\nUser: \\w+\\.amazonaws\\.com .* perform: (${actions})`),
      );
    }
  });

  it('without what the mapping of a queue needs of its function’s role', async () => {
    const polling = statementsOf('ofRoles').filter(({ of, statement: { Action, Resource } }) =>
      deployment.mappings.some(
        ({ functionName, queueArn }) =>
          deployment.functions.find(({ name }) => name === functionName)?.roleArn === of &&
          Action.includes('sqs:ReceiveMessage') &&
          Resource.includes(queueArn),
      ),
    );
    expect(polling).toHaveLength(deployment.mappings.length);
    for (const placed of polling)
      await expect(startWithout(placed)).rejects.toThrow(/assumed-role.* perform: sqs:ReceiveMessage/);
  });
});
