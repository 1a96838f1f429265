import { planDeployment } from '../../../lib/local/cloud/assembly/deployment.ts';
import type { Limit } from './limit.ts';

// What a template may declare: the local cloud refuses to start what CloudFormation would refuse to deploy.

type Properties = Record<string, unknown>;

const site = { region: 'eu-west-3', awsEndpoint: 'http://127.0.0.1:4566' };

const queueArn = { 'Fn::GetAtt': ['Queue', 'Arn'] };

const defaults = {
  Queue: { type: 'AWS::SQS::Queue', properties: { QueueName: 'declared' } },
  Function: {
    type: 'AWS::Lambda::Function',
    properties: {
      FunctionName: 'declared',
      Code: { S3Bucket: 'assets', S3Key: 'code.zip' },
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/declared',
      Runtime: 'nodejs24.x',
    },
  },
  Mapping: {
    type: 'AWS::Lambda::EventSourceMapping',
    properties: { EventSourceArn: queueArn, FunctionName: 'declared' },
  },
  Api: { type: 'AWS::ApiGatewayV2::Api', properties: { Name: 'declared', ProtocolType: 'HTTP' } },
  Integration: {
    type: 'AWS::ApiGatewayV2::Integration',
    properties: {
      ApiId: { Ref: 'Api' },
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: { 'Fn::GetAtt': ['Function', 'Arn'] },
      PayloadFormatVersion: '2.0',
    },
  },
};

/** Plans a stack of those, some of them with other properties; rejects by the name in the refusal. */
const declare = async (changes: Partial<Record<keyof typeof defaults, Properties>>): Promise<void> => {
  const resources = Object.entries({ ...defaults }).map(([logicalId, { type, properties }]) => {
    const more = Object.entries(changes).find(([id]) => id === logicalId)?.[1];
    return [logicalId, { logicalId, type, properties: { ...properties, ...more } }] as const;
  });
  const stack = {
    name: 'Stack',
    resources: new Map(resources),
    outputs: new Map(),
    parameters: new Map(),
    assetDirs: new Map([['code.zip', '/code']]),
  };
  try {
    planDeployment({ region: site.region, stacks: [stack] }, site);
  } catch (error) {
    const [, name] = /(\w+(?:Exception|Value)): /.exec(String(error)) ?? [];
    throw name === undefined ? error : Object.assign(new Error(String(error)), { name });
  }
};

const variables = (bytes: number) => ({ Environment: { Variables: { NAME: 'x'.repeat(bytes - 4) } } });

const ofLambda: Omit<Limit, 'service' | 'error'>[] = [
  {
    what: 'timeout of a function',
    figure: '1 to 900 s',
    within: () => declare({ Function: { Timeout: 900 }, Queue: { VisibilityTimeout: 900 } }),
    over: () => declare({ Function: { Timeout: 901 }, Queue: { VisibilityTimeout: 901 } }),
  },
  {
    what: 'memory of a function',
    figure: '128 to 10,240 MB',
    within: () => declare({ Function: { MemorySize: 10_240 } }),
    over: () => declare({ Function: { MemorySize: 10_241 } }),
  },
  {
    what: 'names and values of environment variables',
    figure: '4 KB',
    within: () => declare({ Function: variables(4_096) }),
    over: () => declare({ Function: variables(4_097) }),
  },
  {
    what: 'timeout of a function, by its queue',
    figure: 'the visibility timeout',
    within: () => declare({ Function: { Timeout: 30 }, Queue: { VisibilityTimeout: 30 } }),
    over: () => declare({ Function: { Timeout: 31 }, Queue: { VisibilityTimeout: 30 } }),
  },
  {
    what: 'batch of a mapping',
    figure: '1 to 10',
    within: () => declare({ Mapping: { BatchSize: 10 } }),
    over: () => declare({ Mapping: { BatchSize: 11 } }),
  },
  {
    what: 'batch of a mapping with a window',
    figure: '1 to 10,000',
    within: () => declare({ Mapping: { BatchSize: 10_000, MaximumBatchingWindowInSeconds: 1 } }),
    over: () => declare({ Mapping: { BatchSize: 10_001, MaximumBatchingWindowInSeconds: 1 } }),
  },
  {
    what: 'batching window of a mapping',
    figure: '0 to 300 s',
    within: () => declare({ Mapping: { MaximumBatchingWindowInSeconds: 300 } }),
    over: () => declare({ Mapping: { MaximumBatchingWindowInSeconds: 301 } }),
  },
  {
    what: 'concurrency of a mapping, at least',
    figure: '2',
    within: () => declare({ Mapping: { ScalingConfig: { MaximumConcurrency: 2 } } }),
    over: () => declare({ Mapping: { ScalingConfig: { MaximumConcurrency: 1 } } }),
  },
  {
    what: 'concurrency of a mapping, at most',
    figure: '1,000',
    within: () => declare({ Mapping: { ScalingConfig: { MaximumConcurrency: 1_000 } } }),
    over: () => declare({ Mapping: { ScalingConfig: { MaximumConcurrency: 1_001 } } }),
  },
];

export const declaredLimits: Limit[] = [
  ...ofLambda.map((row): Limit => ({ service: 'Lambda', error: 'InvalidParameterValueException', ...row })),
  {
    service: 'API Gateway',
    what: 'time of an integration of an HTTP API',
    figure: '50 ms to 30 s',
    error: 'BadRequestException',
    within: () => declare({ Integration: { TimeoutInMillis: 30_000 } }),
    over: () => declare({ Integration: { TimeoutInMillis: 30_001 } }),
  },
  {
    service: 'SQS',
    what: 'delay of a queue, as a template declares it',
    figure: '0 to 900 s',
    error: 'InvalidAttributeValue',
    within: () => declare({ Queue: { DelaySeconds: 900 } }),
    over: () => declare({ Queue: { DelaySeconds: 901 } }),
  },
];
