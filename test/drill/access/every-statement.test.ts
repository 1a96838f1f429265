import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deedOf, RECORD_FILE, readAccessRecord } from '../../../lib/drill/access/access-record.ts';
import { acknowledged } from '../../../lib/drill/access/acknowledged-grants.ts';
import { policiesOfAssembly } from '../../../lib/drill/access/check-access.ts';
import type { Policies } from '../../../lib/local/cloud/assembly/plan-policies.ts';
import type { Access } from '../../../lib/local/cloud/iam/access.ts';
import { grantsIn, withoutStatement } from '../../../lib/local/cloud/iam/grants.ts';
import { decide } from '../../../lib/local/cloud/iam/policy-engine.ts';
import { synthesize } from '../../../lib/local/synthesize.ts';

let dir: string;
let policies: Policies;
let record: readonly Access[];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'relay-statements-'));
  await synthesize(process.cwd(), dir, { openai: 'http://127.0.0.1:9/v1' });
  policies = await policiesOfAssembly(dir);
  record = await readAccessRecord(RECORD_FILE);
});

afterAll(() => rm(dir, { recursive: true, force: true }));

const isOf = (role: string, { principal }: Access): boolean =>
  principal.kind === 'role' && principal.roleArn === role;

/** What was seen of a role, and is refused without one statement of its policy. */
const refusedWithout = async (role: string, index: number, actions: string[]): Promise<string[]> => {
  const concerned = record.filter((each) => isOf(role, each) && actions.includes(each.action));
  const less = withoutStatement(policies, role, index);
  const refused: string[] = [];
  for (const access of concerned)
    if ((await decide(less, access)).kind === 'denied') refused.push(deedOf(access));
  return refused;
};

const isAcknowledged = (role: string, index: number): boolean =>
  grantsIn(policies)
    .filter(({ of, statement }) => of === role && statement === index)
    .every((grant) =>
      acknowledged.some(
        ({ complaints, covers }) =>
          complaints.includes('is needed by nothing that was seen') && covers(grant),
      ),
    );

const doors = [
  'processjobcritical',
  'processjobhigh',
  'processjobmedium',
  'processjoblow',
  'httpapi',
  'groupalerts',
  'repairledger',
  'totalcosts',
  'reconcilecosts',
  'verifyprivacy',
  'sendwebhooks',
];

it('every role of the templates is one of a door that is looked at, or acknowledged as a whole', () => {
  const strangers = [...policies.ofRoles].filter(([role]) => !doors.some((door) => role.includes(door)));
  const unknown = strangers.filter(([role, statements]) =>
    statements.some((_, index) => !isAcknowledged(role, index)),
  );
  expect(unknown.map(([role]) => role)).toEqual([]);
});

describe.each(doors)('the policy of %s', (door) => {
  it('loses no statement without something being refused', async () => {
    const [role = '', statements = []] =
      [...policies.ofRoles].find(([arn]) => arn.includes(`${door}Role`)) ?? [];
    expect(statements.length).toBeGreaterThan(0);
    const unnoticed: string[] = [];
    for (const [index, { Action, Resource }] of statements.entries()) {
      const refused = await refusedWithout(role, index, Action);
      if (refused.length === 0 && !isAcknowledged(role, index))
        unnoticed.push(`${Action.join(', ')} on ${Resource.join(', ')}`);
    }
    expect(unnoticed).toEqual([]);
  });
});
