import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Duration, type Stack } from 'aws-cdk-lib';
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { CfnKey } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime, RuntimeFamily } from 'aws-cdk-lib/aws-lambda';
import { type DrivenCloud, driveCloud } from '../local/cloud/cloud-driver.ts';
import { REGION, synthesizeFixture } from '../local/cloud/fixture-app.ts';
import { declaredLimits } from './limits/declared-limits.ts';
import { dynamoDbLimits, otherTable, TableName } from './limits/dynamodb-limits.ts';
import { kmsLimits } from './limits/kms-limits.ts';
import { LIMITED_FUNCTION, lambdaLimits } from './limits/lambda-limits.ts';
import type { Limit, LimitedCloud } from './limits/limit.ts';
import { secretsLimits } from './limits/secrets-limits.ts';
import { snsLimits } from './limits/sns-limits.ts';
import { sqsLimits } from './limits/sqs-limits.ts';

const limits: Limit[] = [
  ...sqsLimits,
  ...dynamoDbLimits,
  ...snsLimits,
  ...secretsLimits,
  ...kmsLimits,
  ...lambdaLimits,
  ...declaredLimits,
];

const dir = mkdtempSync(join(tmpdir(), 'relay-limits-'));
let driven: DrivenCloud;
let cloud: LimitedCloud;

/** A function that has one environment and no other, behind an HTTP API. */
const addLimitedFunction = (stack: Stack): void => {
  const limited = new LambdaFunction(stack, 'Limited', {
    functionName: LIMITED_FUNCTION,
    runtime: new Runtime('nodejs24.x', RuntimeFamily.NODEJS),
    handler: 'index.handler',
    code: Code.fromAsset(join(__dirname, '../local/cloud/fixture-function')),
    reservedConcurrentExecutions: 1,
    memorySize: 128,
    timeout: Duration.seconds(60),
  });
  const integration = new HttpLambdaIntegration('Integration', limited);
  new HttpApi(stack, 'Api').addRoutes({ path: '/limited', methods: [HttpMethod.POST], integration });
};

const extend = (stack: Stack): void => {
  addLimitedFunction(stack);
  const Statement = [
    {
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::000000000000:root' },
      Action: 'kms:*',
      Resource: '*',
    },
  ];
  const keyPolicy = { Version: '2012-10-17', Statement };
  new CfnKey(stack, 'Signing', { keyPolicy, keySpec: 'ECC_NIST_P256', keyUsage: 'SIGN_VERIFY' });
};

beforeAll(async () => {
  process.env.CDK_VALIDATION = 'false';
  driven = await driveCloud({
    assemblyDir: synthesizeFixture(join(dir, 'cdk.out'), { extend }),
  });
  const { aws, dynamodb, secrets, kms, control, api } = driven.endpoints;
  const credentials = { accessKeyId: 'outside', secretAccessKey: 'outside' };
  const at = (endpoint: string) => ({ region: REGION, endpoint, credentials, maxAttempts: 1 });
  const sqs = new SQSClient(at(aws));
  const sns = new SNSClient(at(aws));
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'limited' }));
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'limited' }));
  cloud = {
    sqs,
    sns,
    dynamodb: new DynamoDBClient(at(dynamodb)),
    secrets: new SecretsManagerClient(at(secrets)),
    kms: new KMSClient(at(kms)),
    signingKey: 'Work-Signing',
    queueUrl: QueueUrl,
    topicArn: TopicArn,
    control,
    api,
  };
  await Promise.all([TableName, otherTable].map(createTable));
});

const createTable = (name: string) =>
  cloud.dynamodb.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk', 'topic'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'topics',
          KeySchema: [{ AttributeName: 'topic', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );

afterAll(async () => {
  for (const client of [cloud.sqs, cloud.sns, cloud.dynamodb, cloud.secrets, cloud.kms]) client.destroy();
  await driven.stop('SIGTERM');
  rmSync(dir, { recursive: true, force: true });
});

describe.each(limits)('$service, $what: $figure', ({ within, over, error }) => {
  it('takes what is within it', async () => {
    await within(cloud);
  });

  it(`refuses what is over it with ${error}`, async () => {
    await expect(over(cloud)).rejects.toMatchObject({ name: error });
  });
});

it('are the rows of docs/limits.md', () => {
  const rows = limits.map(
    ({ service, what, figure, error }) => `| ${service} | ${what} | ${figure} | \`${error}\` |`,
  );
  const document = readFileSync('docs/limits.md', 'utf8');
  expect(document.split('\n').filter((line) => /^\| [A-Z]/.test(line))).toEqual([
    '| Service | Limit | Figure | Refused with |',
    ...rows,
  ]);
});
