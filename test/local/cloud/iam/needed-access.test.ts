import type { Deployment } from '../../../../lib/local/cloud/assembly/deployment.ts';
import type { AwsRequest } from '../../../../lib/local/cloud/aws-request.ts';
import { encryptionOf } from '../../../../lib/local/cloud/iam/encryption.ts';
import { createNeeds } from '../../../../lib/local/cloud/iam/needed-access.ts';

const REGION = 'eu-west-3';
const arn = (service: string, name: string) => `arn:aws:${service}:${REGION}:000000000000:${name}`;
const KEY = arn('kms', 'key/own');
const TABLE = arn('dynamodb', 'table/jobs');
const QUEUE = arn('sqs', 'lane');
const DEAD_LETTERS = arn('sqs', 'lane-dlq');
const queueUrl = 'http://127.0.0.1:4566/000000000000/lane';

const keys = (hash: string) => [{ AttributeName: hash, KeyType: 'HASH' as const }];

const deployment: Pick<Deployment, 'queues' | 'topics' | 'tables' | 'secrets'> = {
  queues: [
    { name: 'lane', url: queueUrl, arn: QUEUE, attributes: {} },
    { name: 'sealed', url: '', arn: arn('sqs', 'sealed'), attributes: { KmsMasterKeyId: KEY } },
  ],
  topics: [
    { name: 'open', arn: arn('sns', 'open'), keyId: 'arn:aws:kms:eu-west-3:000000000000:alias/aws/sns' },
    { name: 'sealed', arn: arn('sns', 'sealed'), keyId: KEY },
  ],
  tables: [
    {
      name: 'jobs',
      timeToLiveAttribute: undefined,
      definition: {
        AttributeDefinitions: [],
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: keys('jobId'),
        GlobalSecondaryIndexes: [
          { IndexName: 'answers', KeySchema: keys('answerKey'), Projection: { ProjectionType: 'ALL' } },
        ],
      },
    },
  ],
  secrets: [{ name: 'relay/keys', arn: arn('secretsmanager', 'secret:relay/keys-local0') }],
};

const needsOf = createNeeds(deployment, encryptionOf(deployment, REGION), REGION);

const needs = (service: AwsRequest['service'], action: string, input: object) =>
  needsOf({ service, action, caller: { kind: 'outside' } }, input).map((need) =>
    Object.keys(need.context).length === 0
      ? [need.action, need.resource]
      : [need.action, need.resource, need.context],
  );

const leading = (...values: string[]) => ({ 'dynamodb:LeadingKeys': values });

describe('a request to DynamoDB needs', () => {
  it.each([
    ['GetItem', { TableName: 'jobs', Key: { jobId: { S: 'a' }, tenantId: { S: 't' } } }, leading('a')],
    ['PutItem', { TableName: TABLE, Item: { jobId: { S: 'a' }, n: { N: '1' } } }, leading('a')],
    [
      'UpdateItem',
      { TableName: 'jobs', Key: { jobId: { S: 'a' } }, ReturnValues: 'ALL_NEW' },
      { ...leading('a'), 'dynamodb:ReturnValues': 'ALL_NEW', 'dynamodb:Attributes': ['jobId'] },
    ],
    [
      'UpdateItem',
      {
        TableName: 'jobs',
        Key: { jobId: { S: 'a' } },
        UpdateExpression:
          'SET #n = if_not_exists(plain, :zero) + :one, map.#inner[0] = :a REMOVE #gone ADD many :some',
        ConditionExpression:
          'attribute_not_exists(#seen) OR (size(texts) IN (:one) AND #n BETWEEN :a AND :b)',
        ExpressionAttributeNames: { '#n': 'n', '#gone': 'set', '#inner': 'inner', '#seen': 'version' },
      },
      {
        ...leading('a'),
        'dynamodb:Attributes': ['jobId', 'many', 'map', 'n', 'plain', 'set', 'texts', 'version'],
      },
    ],
    [
      'Query',
      {
        TableName: 'jobs',
        KeyConditionExpression: '#id = :id AND tenantId = :t',
        ExpressionAttributeNames: { '#id': 'jobId' },
        ExpressionAttributeValues: { ':id': { S: 'a' }, ':t': { S: 't' } },
        Select: 'COUNT',
      },
      { ...leading('a'), 'dynamodb:Select': 'COUNT' },
    ],
  ])('%s of the table, with the key that it is about', (operation, input, context) => {
    expect(needs('dynamodb', operation, input)).toEqual([[`dynamodb:${operation}`, TABLE, context]]);
  });

  it('the index, by the key of that, when it asks an index', () => {
    const input = {
      TableName: 'jobs',
      IndexName: 'answers',
      KeyConditionExpression: 'answerKey = :key',
      ExpressionAttributeValues: { ':key': { S: 'k' } },
    };
    expect(needs('dynamodb', 'Query', input)).toEqual([
      ['dynamodb:Query', `${TABLE}/index/answers`, leading('k')],
    ]);
  });

  it('no key when it scans: a condition for all values of none holds, as on AWS', () => {
    expect(needs('dynamodb', 'Scan', { TableName: 'jobs' })).toEqual([['dynamodb:Scan', TABLE]]);
  });

  it('all keys of a batch, table by table', () => {
    const RequestItems = {
      jobs: [
        { PutRequest: { Item: { jobId: { S: 'b' } } } },
        { DeleteRequest: { Key: { jobId: { S: 'a' } } } },
      ],
      other: [{ PutRequest: { Item: { id: { S: 'x' } } } }],
    };
    expect(needs('dynamodb', 'BatchWriteItem', { RequestItems })).toEqual([
      ['dynamodb:BatchWriteItem', TABLE, leading('a', 'b')],
      ['dynamodb:BatchWriteItem', arn('dynamodb', 'table/other')],
    ]);
    const gets = { RequestItems: { jobs: { Keys: [{ jobId: { S: 'a' } }] } } };
    expect(needs('dynamodb', 'BatchGetItem', gets)).toEqual([['dynamodb:BatchGetItem', TABLE, leading('a')]]);
  });

  it('what the parts of a transaction need on their own', () => {
    const TransactItems = [
      { Update: { TableName: 'jobs', Key: { jobId: { S: 'a' } } } },
      { ConditionCheck: { TableName: 'jobs', Key: { jobId: { S: 'b' } } } },
    ];
    const enclosing = { 'dynamodb:EnclosingOperation': 'TransactWriteItems' };
    expect(needs('dynamodb', 'TransactWriteItems', { TransactItems })).toEqual([
      ['dynamodb:UpdateItem', TABLE, { ...leading('a'), ...enclosing, 'dynamodb:Attributes': ['jobId'] }],
      ['dynamodb:ConditionCheckItem', TABLE, { ...leading('b'), ...enclosing }],
    ]);
  });
});

describe('a request to SQS needs', () => {
  it.each([
    ['SendMessage', 'sqs:SendMessage'],
    ['SendMessageBatch', 'sqs:SendMessage'],
    ['DeleteMessageBatch', 'sqs:DeleteMessage'],
    ['ChangeMessageVisibilityBatch', 'sqs:ChangeMessageVisibility'],
  ])('for %s the right to %s', (operation, action) => {
    expect(needs('sqs', operation, { QueueUrl: queueUrl })).toEqual([[action, QUEUE]]);
  });

  it('for a move the rights of who would do it by hand', () => {
    const input = { SourceArn: DEAD_LETTERS, DestinationArn: QUEUE };
    expect(needs('sqs', 'StartMessageMoveTask', input)).toEqual([
      ['sqs:StartMessageMoveTask', DEAD_LETTERS],
      ['sqs:ReceiveMessage', DEAD_LETTERS],
      ['sqs:DeleteMessage', DEAD_LETTERS],
      ['sqs:GetQueueAttributes', DEAD_LETTERS],
      ['sqs:SendMessage', QUEUE],
    ]);
  });

  it('the key of a queue that has one of its own', () => {
    const via = { 'kms:ViaService': 'sqs.eu-west-3.amazonaws.com', 'kms:CallerAccount': '000000000000' };
    expect(needs('sqs', 'ReceiveMessage', { QueueUrl: queueUrl.replace('lane', 'sealed') })).toEqual([
      ['sqs:ReceiveMessage', arn('sqs', 'sealed')],
      ['kms:Decrypt', KEY, via],
    ]);
  });
});

describe('a request to SNS needs', () => {
  it('the topic alone when a key of AWS encrypts it', () => {
    expect(needs('sns', 'PublishBatch', { TopicArn: arn('sns', 'open') })).toEqual([
      ['sns:Publish', arn('sns', 'open')],
    ]);
  });

  it('the key too when that is one of ours', () => {
    const via = { 'kms:ViaService': 'sns.eu-west-3.amazonaws.com', 'kms:CallerAccount': '000000000000' };
    expect(needs('sns', 'Publish', { TopicArn: arn('sns', 'sealed') })).toEqual([
      ['sns:Publish', arn('sns', 'sealed')],
      ['kms:GenerateDataKey', KEY, via],
      ['kms:Decrypt', KEY, via],
    ]);
  });
});

it.each([
  'relay/keys',
  arn('secretsmanager', 'secret:relay/keys-local0'),
  arn('secretsmanager', 'secret:relay/keys'),
])('a secret that is named %s is one and the same', (SecretId) => {
  expect(needs('secretsmanager', 'GetSecretValue', { SecretId })).toEqual([
    ['secretsmanager:GetSecretValue', arn('secretsmanager', 'secret:relay/keys-local0')],
  ]);
});
