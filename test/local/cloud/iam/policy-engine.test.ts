import type { Policies } from '../../../../lib/local/cloud/assembly/plan-policies.ts';
import type { Statement } from '../../../../lib/local/cloud/assembly/policy-schemas.ts';
import type { Access, Principal } from '../../../../lib/local/cloud/iam/access.ts';
import { sentenceOf } from '../../../../lib/local/cloud/iam/access-denied.ts';
import { decide } from '../../../../lib/local/cloud/iam/policy-engine.ts';
import { tellingContext } from '../../../../lib/local/cloud/iam/telling-keys.ts';

const ROLE = 'arn:aws:iam::000000000000:role/worker';
const FLEET = 'arn:aws:dynamodb:eu-west-3:000000000000:table/fleet';
const TOPIC = 'arn:aws:sns:eu-west-3:000000000000:alarms';
const KEY = 'arn:aws:kms:eu-west-3:000000000000:key/own';

const worker: Principal = { kind: 'role', roleArn: ROLE, sessionName: 'relay-worker' };
const cloudWatch: Principal = { kind: 'service', name: 'cloudwatch.amazonaws.com' };

const families: Statement = {
  Effect: 'Allow',
  Action: ['dynamodb:Query', 'dynamodb:UpdateItem'],
  Resource: [FLEET],
  Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['circuit', 'waits#*'] } },
};

const rooted: Statement = {
  Effect: 'Allow',
  Action: ['kms:*'],
  Resource: ['*'],
  Principal: { AWS: ['arn:aws:iam::000000000000:root'] },
};

const ours: Statement = {
  Effect: 'Allow',
  Action: ['sns:Publish'],
  Resource: [TOPIC],
  Principal: { Service: ['cloudwatch.amazonaws.com'] },
  Condition: { StringEquals: { 'aws:SourceAccount': ['000000000000'] } },
};

const onlyByTls: Statement = {
  Effect: 'Deny',
  Action: ['sns:Publish'],
  Resource: [TOPIC],
  Principal: '*',
  Condition: { Bool: { 'aws:SecureTransport': ['false'] } },
};

const policies = (ofRole: Statement[], ofResources: Record<string, Statement[]> = {}): Policies => ({
  ofRoles: new Map([[ROLE, ofRole]]),
  ofResources: new Map(Object.entries(ofResources)),
});

const access = (action: string, resource: string, context: Access['context'] = {}): Access => ({
  principal: worker,
  action,
  resource,
  context,
});

describe('a role', () => {
  const query = (...keys: string[]) => access('dynamodb:Query', FLEET, { 'dynamodb:LeadingKeys': keys });

  it('may do what a statement allows whose condition holds, and it is told which', async () => {
    expect(await decide(policies([families]), query('waits#t1'))).toEqual({
      kind: 'allowed',
      grants: [{ of: ROLE, statement: 0, action: 'dynamodb:Query', resource: FLEET }],
    });
  });

  it('may not do what a condition keeps from it', async () => {
    const decision = await decide(policies([families]), query('waits#t1', 'quota'));
    expect(decision).toEqual({
      kind: 'denied',
      because: 'because no identity-based policy allows the dynamodb:Query action',
    });
  });

  it('may not do what is denied, whatever else allows it', async () => {
    const decision = await decide(policies([families, { ...families, Effect: 'Deny' }]), query('circuit'));
    expect(decision).toMatchObject({ because: 'with an explicit deny in an identity-based policy' });
  });

  it('may use a key by its own policy when the key leaves that to the account', async () => {
    const decrypts: Statement = { Effect: 'Allow', Action: ['kms:Decrypt'], Resource: [KEY] };
    expect(await decide(policies([decrypts], { [KEY]: [rooted] }), access('kms:Decrypt', KEY))).toMatchObject(
      {
        kind: 'allowed',
      },
    );
    expect(await decide(policies([decrypts], { [KEY]: [] }), access('kms:Decrypt', KEY))).toMatchObject({
      kind: 'denied',
    });
    expect(await decide(policies([], { [KEY]: [rooted] }), access('kms:Decrypt', KEY))).toMatchObject({
      kind: 'denied',
    });
  });
});

describe('a service of AWS', () => {
  const publish = (account: string): Access => ({
    ...access('sns:Publish', TOPIC, { 'aws:SourceAccount': account }),
    principal: cloudWatch,
  });

  it('may do what the resource lets it, for this account', async () => {
    const both = policies([], { [TOPIC]: [onlyByTls, ours] });
    expect(await decide(both, publish('000000000000'))).toEqual({
      kind: 'allowed',
      grants: [{ of: TOPIC, statement: 1, action: 'sns:Publish', resource: TOPIC }],
    });
    expect(await decide(both, publish('111111111111'))).toEqual({
      kind: 'denied',
      because: 'because no resource-based policy allows the sns:Publish action',
    });
  });

  it('may do nothing where no policy names it', async () => {
    expect(await decide(policies([]), publish('000000000000'))).toMatchObject({ kind: 'denied' });
  });
});

it('a refusal is told in the words of IAM', () => {
  const denied = {
    access: access('dynamodb:Query', FLEET),
    because: 'because no policy allows dynamodb:Query',
  };
  expect(sentenceOf(denied)).toBe(
    `User: arn:aws:sts::000000000000:assumed-role/worker/relay-worker is not authorized to perform: dynamodb:Query on resource: ${FLEET} because no policy allows dynamodb:Query`,
  );
});

describe('of what a request tells of itself', () => {
  const context = { 'dynamodb:LeadingKeys': ['circuit'], 'dynamodb:Select': 'COUNT' };
  const telling = (action: string, resource: string) =>
    tellingContext(policies([families]), { principal: worker, action, resource, context });

  it('only what a policy asks for tells two decisions apart', () => {
    expect(telling('dynamodb:Query', FLEET)).toEqual({ 'dynamodb:LeadingKeys': ['circuit'] });
  });

  it('nothing does where no policy has a condition', () => {
    expect(telling('dynamodb:GetItem', FLEET)).toEqual({});
    expect(telling('dynamodb:Query', `${FLEET}/index/other`)).toEqual({});
  });
});
