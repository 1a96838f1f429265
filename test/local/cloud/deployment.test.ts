import type { Assembly, Resource, Stack } from '../../../lib/local/cloud/assembly/assembly.ts';
import { readAssembly } from '../../../lib/local/cloud/assembly/assembly.ts';
import { type Deployment, planDeployment } from '../../../lib/local/cloud/assembly/deployment.ts';
import { withDirectory } from './cloud-driver.ts';
import { REGION, synthesizeFixture } from './fixture-app.ts';

process.env.CDK_VALIDATION = 'false';

const site = { region: REGION, awsEndpoint: 'http://127.0.0.1:4566' };

const stackOf = (
  resources: Record<string, Omit<Resource, 'logicalId'>>,
  more: Partial<Stack> = {},
): Stack => ({
  name: 'Stack',
  resources: new Map(
    Object.entries(resources).map(([logicalId, rest]) => [logicalId, { logicalId, ...rest }]),
  ),
  outputs: new Map(),
  parameters: new Map(),
  assetDirs: new Map([['code.zip', '/code']]),
  ...more,
});

const plan = (...stacks: Stack[]): Deployment =>
  planDeployment({ region: REGION, stacks } satisfies Assembly, site);

const queue = (properties: Record<string, unknown> = {}) => ({ type: 'AWS::SQS::Queue', properties });

const functionWith = (variable: unknown) => ({
  type: 'AWS::Lambda::Function',
  properties: {
    Code: { S3Bucket: 'assets', S3Key: 'code.zip' },
    Handler: 'index.handler',
    Role: 'arn:aws:iam::000000000000:role/any',
    Runtime: 'nodejs24.x',
    Environment: { Variables: { VALUE: variable } },
  },
});

const resolved = (variable: unknown, more: Partial<Stack> = {}, ...others: Stack[]): string | undefined => {
  const resources = { Queue: queue({ QueueName: 'lane' }), Function: functionWith(variable) };
  return plan(stackOf(resources, more), ...others).functions[0]?.variables.VALUE;
};

describe('a synthesized app', () => {
  it('is planned with every reference between its resources and stacks resolved', async () => {
    await withDirectory(async (dir) => {
      const deployment = planDeployment(await readAssembly(synthesizeFixture(dir)), site);
      const names = (specs: { name: string }[]) => specs.map(({ name }) => name);
      const lanes = ['items', 'whole', 'window', 'single', 'off'].map((name) => `fixture-${name}`);
      expect(names(deployment.queues)).toEqual(['fixture-dlq', ...lanes]);
      expect(names(deployment.functions)).toEqual(lanes);
      expect(deployment.functions[0]).toMatchObject({
        timeoutMs: 1000,
        memoryMb: 128,
        variables: { TABLE: 'fixture-table', SECRET: deployment.secrets[0]?.arn },
      });
      expect(deployment.queues[1]?.attributes).toEqual({
        VisibilityTimeout: '2',
        RedrivePolicy: `{"deadLetterTargetArn":"arn:aws:sqs:${REGION}:000000000000:fixture-dlq","maxReceiveCount":2}`,
      });
      expect(deployment.tables).toMatchObject([{ name: 'fixture-table', timeToLiveAttribute: 'expiresAt' }]);
    });
  });

  it('has a mapping for each enabled event source, with its own numbers', async () => {
    await withDirectory(async (dir) => {
      const { mappings } = planDeployment(await readAssembly(synthesizeFixture(dir)), site);
      expect(mappings).toMatchObject([
        {
          functionName: 'fixture-items',
          batchSize: 5,
          windowMs: 0,
          concurrency: 2,
          reportsItemFailures: true,
        },
        { functionName: 'fixture-whole', batchSize: 5, reportsItemFailures: false },
        { functionName: 'fixture-window', windowMs: 2000, concurrency: 5 },
        { functionName: 'fixture-single', batchSize: 1 },
      ]);
    });
  });
});

it('a mapping on an alias leads to its function, whose only version is the one that was deployed', () => {
  const alias = {
    FunctionName: { Ref: 'Function' },
    FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] },
    Name: 'live',
  };
  const arn = { 'Fn::Split': [':', { Ref: 'Alias' }] };
  const mapping = {
    EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
    FunctionName: { 'Fn::Join': ['', [{ 'Fn::Select': [6, arn] }, ':live']] },
  };
  const { functions, mappings } = plan(
    stackOf({
      Queue: queue(),
      Function: functionWith({ Ref: 'Alias' }),
      Version: { type: 'AWS::Lambda::Version', properties: { FunctionName: { Ref: 'Function' } } },
      Alias: { type: 'AWS::Lambda::Alias', properties: alias },
      Mapping: { type: 'AWS::Lambda::EventSourceMapping', properties: mapping },
    }),
  );
  expect(mappings).toMatchObject([{ functionName: functions[0]?.name }]);
  expect(functions[0]?.variables.VALUE).toBe(`${functions[0]?.arn}:live`);
  const weighted = { ...alias, FunctionVersion: '1', RoutingConfig: { AdditionalVersionWeights: [] } };
  expect(() =>
    plan(
      stackOf({ Function: functionWith(''), Alias: { type: 'AWS::Lambda::Alias', properties: weighted } }),
    ),
  ).toThrow('RoutingConfig');
});

/** A placeholder of Fn::Sub. */
const slot = (name: string): string => `\${${name}}`;

describe('an intrinsic function', () => {
  it.each([
    ['Ref to a queue', { Ref: 'Queue' }, 'http://127.0.0.1:4566/000000000000/lane'],
    ['Fn::GetAtt', { 'Fn::GetAtt': ['Queue', 'Arn'] }, `arn:aws:sqs:${REGION}:000000000000:lane`],
    ['Ref to a pseudo-parameter', { Ref: 'AWS::Region' }, REGION],
    ['Fn::Join', { 'Fn::Join': ['-', ['a', { Ref: 'AWS::StackName' }]] }, 'a-Stack'],
    [
      'Fn::Sub',
      { 'Fn::Sub': [slot('Queue.QueueName'), slot('AWS::Partition'), slot('!kept')].join('/') },
      `lane/aws/${slot('kept')}`,
    ],
    [
      'Fn::Sub with variables',
      { 'Fn::Sub': [slot('own'), { own: { Ref: 'AWS::AccountId' } }] },
      '000000000000',
    ],
    [
      'Fn::Select and Fn::Split',
      { 'Fn::Select': [5, { 'Fn::Split': [':', { 'Fn::GetAtt': ['Queue', 'Arn'] }] }] },
      'lane',
    ],
  ])('%s is resolved', (_, value, expected) => {
    expect(resolved(value)).toBe(expected);
  });

  it('resolves a parameter to its default', () => {
    expect(resolved({ Ref: 'Parameter' }, { parameters: new Map([['Parameter', 'default']]) })).toBe(
      'default',
    );
  });

  it('reaches another stack by export and by output', () => {
    const outputs = new Map([['Out', { value: { Ref: 'Other' }, exportName: 'State:Other' }]]);
    const other = stackOf({ Other: queue({ QueueName: 'other' }) }, { name: 'State', outputs });
    const url = 'http://127.0.0.1:4566/000000000000/other';
    expect(resolved({ 'Fn::ImportValue': 'State:Other' }, {}, other)).toBe(url);
    expect(resolved({ 'Fn::GetStackOutput': { StackName: 'State', OutputName: 'Out' } }, {}, other)).toBe(
      url,
    );
  });
});

describe('what the local cloud does not know', () => {
  it.each([
    [
      'a resource type',
      () => plan(stackOf({ Setting: { type: 'AWS::SSM::Parameter', properties: {} } })),
      'stack Stack: the local cloud does not know how to run AWS::SSM::Parameter ("Setting")',
    ],
    [
      'a property',
      () => plan(stackOf({ Queue: queue({ FifoQueue: true }) })),
      /cannot run AWS::SQS::Queue "Queue" as it is declared.*FifoQueue/s,
    ],
    [
      'an intrinsic function',
      () => resolved({ 'Fn::Cidr': [] }),
      'stack Stack uses the intrinsic function Fn::Cidr, which the local cloud does not know',
    ],
    [
      'an attribute',
      () => resolved({ 'Fn::GetAtt': ['Queue', 'Color'] }),
      'stack Stack uses the attribute Color of AWS::SQS::Queue "Queue", which the local cloud does not know',
    ],
    [
      'a logical id',
      () => resolved({ Ref: 'Nowhere' }),
      'stack Stack refers to "Nowhere", which is no resource or parameter of it',
    ],
    [
      'an export',
      () => resolved({ 'Fn::ImportValue': 'Nothing' }),
      'stack Stack imports "Nothing", which no stack of the assembly exports',
    ],
    ['a dynamic reference', () => resolved('{{resolve:ssm:/key}}'), 'stack Stack uses a dynamic reference'],
  ])('%s is an error that says so', (_, use, sentence) => {
    expect(use).toThrow(sentence);
  });
});
