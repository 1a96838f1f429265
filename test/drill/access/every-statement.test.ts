import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deedOf, RECORD_FILE, readAccessRecord } from '../../../lib/drill/access/access-record.ts';
import { policiesOfAssembly } from '../../../lib/drill/access/check-access.ts';
import type { Policies } from '../../../lib/local/cloud/assembly/plan-policies.ts';
import type { Statement } from '../../../lib/local/cloud/assembly/policy-schemas.ts';
import type { Access } from '../../../lib/local/cloud/iam/access.ts';
import { withoutStatement } from '../../../lib/local/cloud/iam/grants.ts';
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

const statementsOf = (of: string): readonly Statement[] =>
  policies.ofRoles.get(of) ?? policies.ofResources.get(of) ?? [];

/** Whose policy it is, or what it speaks of. */
const concerns = (of: string, { principal, resource }: Access): boolean =>
  resource === of || (principal.kind === 'role' && principal.roleArn === of);

/** A statement that denies is for what nobody does here: it speaks no TLS. */
const inPlainText = (access: Access): Access => ({
  ...access,
  context: { ...access.context, 'aws:SecureTransport': 'false' },
});

const isDenied = async (by: Policies, access: Access): Promise<boolean> =>
  (await decide(by, access)).kind === 'denied';

/** What was seen, and is decided otherwise without this statement. */
const changedWithout = async (of: string, index: number, { Effect }: Statement): Promise<string[]> => {
  const less = withoutStatement(policies, of, index);
  const changed: string[] = [];
  for (const seen of record.filter((each) => concerns(of, each))) {
    const access = Effect === 'Deny' ? inPlainText(seen) : seen;
    if ((await isDenied(policies, access)) !== (await isDenied(less, access))) changed.push(deedOf(access));
  }
  return changed;
};

const unnoticedOf = async (of: string): Promise<string[]> => {
  const unnoticed: string[] = [];
  for (const [index, statement] of statementsOf(of).entries())
    if ((await changedWithout(of, index, statement)).length === 0)
      unnoticed.push(`${of}: ${statement.Effect} ${statement.Action.join(', ')}`);
  return unnoticed;
};

it('no role loses a statement without something being refused', async () => {
  const unnoticed = await Promise.all([...policies.ofRoles.keys()].map(unnoticedOf));
  expect(unnoticed.length).toBeGreaterThan(10);
  expect(unnoticed.flat()).toEqual([]);
});

it('no policy of a resource loses a statement without something being refused, or let through in plain text', async () => {
  const unnoticed = await Promise.all([...policies.ofResources.keys()].map(unnoticedOf));
  expect(unnoticed.length).toBeGreaterThan(10);
  expect(unnoticed.flat()).toEqual([]);
});
