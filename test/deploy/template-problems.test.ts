import { readTemplate, type StackTemplate } from '../../lib/deploy/template.ts';
import { TEMPLATE_LIMITS, templateProblems } from '../../lib/deploy/template-problems.ts';

const aStack = (document: object, changes: Partial<StackTemplate> = {}): StackTemplate => ({
  name: 'data',
  bytes: 1_000,
  after: [],
  template: readTemplate(document),
  ...changes,
});

const queue = (properties: object = {}, more: object = {}) => ({
  Type: 'AWS::SQS::Queue',
  Properties: properties,
  ...more,
});

const reads = (stack: string, output: string) => ({
  'Fn::GetStackOutput': { StackName: stack, OutputName: output },
});

const times = (count: number, value: object) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`R${at}`, value]));

describe('a template that CloudFormation takes', () => {
  it('has nothing against it', () => {
    const data = aStack({
      Resources: { ...times(TEMPLATE_LIMITS.resources - 1, queue()), One: queue({}, { DependsOn: 'R0' }) },
      Outputs: { Url: { Value: { Ref: 'One' } } },
    });
    const pipeline = aStack(
      { Resources: { Two: queue({ QueueName: reads('data', 'Url'), Policy: { Ref: 'AWS::Region' } }) } },
      { name: 'pipeline', after: ['data'] },
    );
    expect(templateProblems([data, pipeline])).toEqual([]);
  });
});

describe('a template that CloudFormation would refuse', () => {
  it.each<[string, StackTemplate, string]>([
    ['too many bytes', aStack({}, { bytes: 1_000_001 }), '1000001 bytes'],
    ['too many resources', aStack({ Resources: times(501, queue()) }), '501 resources'],
    ['too many outputs', aStack({ Outputs: times(201, {}) }), '201 outputs'],
    [
      'an exported output',
      aStack({ Outputs: { Url: { Value: 'x', Export: { Name: 'url' } } } }),
      'output Url is exported',
    ],
    [
      'an import',
      aStack({ Resources: { One: queue({ QueueName: { 'Fn::ImportValue': 'url' } }) } }),
      'imports "url"',
    ],
    [
      'an output that is not there',
      aStack({ Resources: { One: queue({ QueueName: reads('other', 'Url') }) } }),
      'reads Url of other, which has no such output',
    ],
    [
      'a circle of references',
      aStack({
        Resources: {
          One: queue({ A: { 'Fn::GetAtt': ['Two', 'Arn'] } }),
          Two: queue({ B: { 'Fn::Sub': ['x-$', '{Three.Arn}-$', '{!One}'].join('') } }),
          Three: queue({}, { DependsOn: ['One'] }),
        },
      }),
      'One needs Two needs Three needs One',
    ],
  ])('has %s', (_, stack, problem) => {
    expect(templateProblems([stack])).toEqual([expect.stringContaining(problem)]);
  });

  it('reads an output of a stack that may be deployed after it', () => {
    const data = aStack({ Outputs: { Url: {} } });
    const pipeline = aStack({ Resources: { One: queue({ Q: reads('data', 'Url') }) } }, { name: 'pipeline' });
    expect(templateProblems([data, pipeline])).toEqual([
      expect.stringMatching(/^pipeline: reads Url of data and may be deployed before it/),
    ]);
  });

  it('is one of two that read each other', () => {
    const reading = (name: string, other: string) =>
      aStack(
        { Resources: { One: queue({ Q: reads(other, 'Url') }) }, Outputs: { Url: {} } },
        { name, after: [other] },
      );
    expect(templateProblems([reading('a', 'b'), reading('b', 'a')])).toEqual([
      expect.stringContaining('a reads b reads a: neither can be deployed first'),
    ]);
  });
});

describe('a secret in a template', () => {
  const problemsWith = (properties: object) =>
    templateProblems([aStack({ Resources: { One: queue(properties) } })]);

  it.each([
    ['OPENAI', `sk-${'proj-'}abcdefgh12345678`],
    ['ANTHROPIC', `sk-ant-${'a'.repeat(20)}`],
    ['AWS', `AKIA${'ABCDEFGH12345678'}`],
    ['HOOK', `whsec_${'a'.repeat(32)}`],
    ['PEM', '-----BEGIN RSA PRIVATE KEY-----'],
    ['JWT', `eyJ${'a'.repeat(12)}.${'b'.repeat(12)}.c`],
    ['URL', 'https://user:word@example.com'],
    ['DB_PASSWORD', 'hunter2'],
    ['ApiKey', 'anything'],
    ['SecretString', '{"openai": "x"}'],
  ])('is found: %s', (name, value) => {
    expect(problemsWith({ Environment: { Variables: { [name]: value } } })).toEqual([
      expect.stringContaining(`One.Properties.Environment.Variables.${name} holds`),
    ]);
  });

  it.each([
    ['PROVIDER_KEYS_SECRET', 'relay/staging/provider-keys'],
    ['SecretString', '{}'],
    ['KeyName', 'openai'],
    ['TOKEN_URL', 'https://example.com/oauth2/token'],
    ['task', 'risk-averse-strategies'],
  ])('is not what only says where one is: %s', (name, value) => {
    expect(problemsWith({ [name]: value })).toEqual([]);
  });

  it('does not come from what a problem says: the value itself is not told', () => {
    expect(problemsWith({ DB_PASSWORD: 'hunter2' }).join()).not.toContain('hunter2');
  });
});
