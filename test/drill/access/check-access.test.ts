import { grantProblems } from '../../../lib/drill/access/check-access.ts';
import type { Policies } from '../../../lib/local/cloud/assembly/plan-policies.ts';
import type { Statement } from '../../../lib/local/cloud/assembly/policy-schemas.ts';
import type { Access } from '../../../lib/local/cloud/iam/access.ts';

const ROLE = 'arn:aws:iam::000000000000:role/worker';
const JOBS = 'arn:aws:dynamodb:eu-west-3:000000000000:table/jobs';

const allows = (Action: string[], Resource: string[] = [JOBS]): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
});

const policies = (...statements: Statement[]): Policies => ({
  ofRoles: new Map([[ROLE, statements]]),
  ofResources: new Map(),
});

const seen = (action: string): Access => ({
  principal: { kind: 'role', roleArn: ROLE, sessionName: 'worker' },
  action,
  resource: JOBS,
  context: {},
});

const GET = 'dynamodb:GetItem';
const PUT = 'dynamodb:PutItem';

it('nothing is wrong with rights that are all needed', async () => {
  expect(await grantProblems(policies(allows([GET, PUT])), [seen(GET), seen(PUT)], [])).toEqual([]);
});

describe('a right is a problem', () => {
  it('that no run has needed', async () => {
    expect(await grantProblems(policies(allows([GET, PUT])), [seen(GET)], [])).toEqual([
      'iam role/worker, statement 0: dynamodb:PutItem on dynamodb table/jobs is needed by nothing that was seen',
    ]);
  });

  it('that another statement gives as well: either could go unnoticed', async () => {
    const twice = policies(allows([GET]), allows([GET, PUT]));
    const problems = await grantProblems(twice, [seen(GET), seen(PUT)], []);
    expect(problems.map((problem) => problem.replace(/ on .*/, ''))).toEqual([
      'iam role/worker, statement 0: dynamodb:GetItem',
      'iam role/worker, statement 1: dynamodb:GetItem',
    ]);
  });

  it('that is for any action or any resource', async () => {
    expect(await grantProblems(policies(allows(['dynamodb:Get*'])), [seen(GET)], [])).toEqual([
      'iam role/worker, statement 0: dynamodb:Get* on dynamodb table/jobs is for any action',
    ]);
    expect(await grantProblems(policies(allows([GET], ['*'])), [seen(GET)], [])).toEqual([
      'iam role/worker, statement 0: dynamodb:GetItem on * is for any resource',
    ]);
  });

  it('that is missing for what was seen', async () => {
    expect(await grantProblems(policies(), [seen(GET)], [])).toEqual([
      'worker dynamodb:GetItem dynamodb table/jobs was seen, and is refused',
    ]);
  });
});

describe('an acknowledgement', () => {
  const excuse = {
    complaints: ['is for any resource' as const],
    covers: () => true,
    reason: 'tables are made up by the minute',
  };

  it('lets stand what it is for, and nothing else', async () => {
    const wide = policies(allows([GET, PUT], ['*']));
    expect(await grantProblems(wide, [seen(GET)], [excuse])).toEqual([
      'iam role/worker, statement 0: dynamodb:PutItem on * is needed by nothing that was seen',
    ]);
  });

  it('goes when nothing asks for it any more', async () => {
    expect(await grantProblems(policies(allows([GET])), [seen(GET)], [excuse])).toEqual([
      'nothing is acknowledged by "tables are made up by the minute"',
    ]);
  });
});
