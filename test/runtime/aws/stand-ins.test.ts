import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as kms from '@aws-sdk/client-kms';
import * as secretsManager from '@aws-sdk/client-secrets-manager';
import * as sns from '@aws-sdk/client-sns';
import * as sqs from '@aws-sdk/client-sqs';
import * as leanDynamoDb from '../../../lib/runtime/aws/dynamodb.ts';
import * as leanKms from '../../../lib/runtime/aws/kms.ts';
import * as leanSecretsManager from '../../../lib/runtime/aws/secrets-manager.ts';
import * as leanSns from '../../../lib/runtime/aws/sns.ts';
import * as leanSqs from '../../../lib/runtime/aws/sqs.ts';
import { awsClient, bounded } from '../../../lib/runtime/aws-client.ts';
import { isPassing } from '../../../lib/runtime/retry.ts';

type Received = { headers: IncomingHttpHeaders; body: string };
type Canned = { status: number; body: string; headers?: Record<string, string> };

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI',
  sessionToken: 'to/ken==',
};
const JSON_TYPE = { 'content-type': 'application/x-amz-json-1.0' };

let server: Server;
let endpoint: string;
let received: Received[] = [];
let canned: Canned;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) });
    response.writeHead(canned.status, canned.headers ?? JSON_TYPE).end(canned.body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`;
});

beforeEach(() => {
  received = [];
  canned = { status: 200, body: '{}' };
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const settings = () => ({ ...awsClient, region: 'eu-west-3', endpoint, credentials });

const bytes = new TextEncoder().encode('some bytes');
const item = {
  jobId: { S: 'é 😀' },
  B: { M: { B: { B: bytes } } },
  all: { L: [{ BS: [bytes] }, { N: '1' }] },
};
const put = { TableName: 'jobs', Item: item, ConditionExpression: undefined };
const get = { TableName: 'jobs', Key: { jobId: { S: 'job-1' } } };
const sent = {
  QueueUrl: 'https://sqs.eu-west-3.amazonaws.com/1234/relay-dev-low',
  MessageBody: '{"text":"é 😀"}',
  MessageAttributes: { traceparent: { DataType: 'String', StringValue: '00-1-2-01' } },
};
const wrapped = { CiphertextBlob: Buffer.from('wrapped'), EncryptionContext: { tenant: 't' } };
const signing = { KeyId: 'k', Message: bytes, SigningAlgorithm: 'ECDSA_SHA_256' } as const;
const secret = { SecretId: 'relay/dev/keys' };

/** The same call by the SDK, and by what is deployed in its place. */
const calls: [string, () => Promise<object>, () => Promise<object>][] = [
  [
    'PutItem',
    () => new dynamodb.DynamoDBClient(settings()).send(new dynamodb.PutItemCommand(put), bounded()),
    () => new leanDynamoDb.DynamoDBClient(settings()).send(new leanDynamoDb.PutItemCommand(put), bounded()),
  ],
  [
    'GetItem',
    () => new dynamodb.DynamoDBClient(settings()).send(new dynamodb.GetItemCommand(get), bounded()),
    () => new leanDynamoDb.DynamoDBClient(settings()).send(new leanDynamoDb.GetItemCommand(get), bounded()),
  ],
  [
    'SendMessage',
    () => new sqs.SQSClient({ ...settings(), md5: false }).send(new sqs.SendMessageCommand(sent), bounded()),
    () => new leanSqs.SQSClient(settings()).send(new leanSqs.SendMessageCommand(sent), bounded()),
  ],
  [
    'Decrypt',
    () => new kms.KMSClient(settings()).send(new kms.DecryptCommand(wrapped), bounded()),
    () => new leanKms.KMSClient(settings()).send(new leanKms.DecryptCommand(wrapped), bounded()),
  ],
  [
    'Sign',
    () => new kms.KMSClient(settings()).send(new kms.SignCommand(signing), bounded()),
    () => new leanKms.KMSClient(settings()).send(new leanKms.SignCommand(signing), bounded()),
  ],
  [
    'GetSecretValue',
    () =>
      new secretsManager.SecretsManagerClient(settings()).send(
        new secretsManager.GetSecretValueCommand(secret),
        bounded(),
      ),
    () =>
      new leanSecretsManager.SecretsManagerClient(settings()).send(
        new leanSecretsManager.GetSecretValueCommand(secret),
        bounded(),
      ),
  ],
];

const inJson = (held: object) =>
  JSON.stringify(held, (_key, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
const REFUSED = `{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"no","Item":${inJson(item)}}`;

/** What a caller can make of an outcome. */
const outcomeOf = async (call: () => Promise<object>): Promise<object> => {
  try {
    return { ...(await call()), $metadata: undefined };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { name, message } = error;
    return { name, message, passing: isPassing(error), item: 'Item' in error ? error.Item : undefined };
  }
};

/** Recomputed from what arrived, by the rules of Signature Version 4: the signature that it should carry. */
const signatureOf = ({ headers, body }: Received): string => {
  const authorization = headers.authorization ?? '';
  const [, scope = ''] = /Credential=[^/]+\/([^,]+)/.exec(authorization) ?? [];
  const [, names = ''] = /SignedHeaders=([^,]+)/.exec(authorization) ?? [];
  const lines = names.split(';').map((name) => `${name}:${headers[name]}\n`);
  const sha256 = (data: string) => createHash('sha256').update(data).digest('hex');
  const canonical = ['POST', '/', '', lines.join(''), names, sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const hmac = (key: Buffer, data: string) => createHmac('sha256', key).update(data).digest();
  const key = scope.split('/').reduce(hmac, Buffer.from(`AWS4${credentials.secretAccessKey}`));
  return hmac(key, toSign).toString('hex');
};

describe.each(calls)('%s', (_name, bySdk, byLean) => {
  it('asks for what the SDK asks for', async () => {
    await bySdk();
    await byLean();
    const asked = received.map(({ headers, body }) => ({
      target: headers['x-amz-target'],
      type: headers['content-type'],
      token: headers['x-amz-security-token'],
      body: JSON.parse(body),
    }));
    expect(asked).toHaveLength(2);
    expect(asked[1]).toEqual(asked[0]);
  });

  it('is signed so that AWS takes it, as what the SDK signs', async () => {
    await bySdk();
    await byLean();
    for (const arrived of received) {
      expect(arrived.headers.authorization).toMatch(new RegExp(`Signature=${signatureOf(arrived)}$`));
    }
    const scopes = received.map(({ headers }) => /Credential=([^,]+)/.exec(headers.authorization ?? '')?.[1]);
    expect(scopes[1]).toBe(scopes[0]);
  });

  const namespaced = '{"__type":"com.amazonaws.service#ThrottlingException","message":"slow down"}';
  it.each<[string, Canned]>([
    ['a refused condition', { status: 400, body: REFUSED }],
    ['a throttle', { status: 400, body: namespaced }],
    ['a fault', { status: 500, body: '{"__type":"InternalServerError","message":"sorry"}' }],
    [
      'a denial',
      { status: 400, body: '{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"no"}' },
    ],
  ])('says of %s what the SDK says', async (_case, reply) => {
    canned = reply;
    expect(await outcomeOf(byLean)).toEqual(await outcomeOf(bySdk));
  });

  it.each([
    ['a page of a load balancer', { status: 503, body: '<html>busy</html>' }],
    ['an empty 500', { status: 500, body: '' }],
  ])('tells, as the SDK does, that %s may pass', async (_case, reply) => {
    canned = reply;
    const passing = { passing: true };
    expect([await outcomeOf(bySdk), await outcomeOf(byLean)]).toMatchObject([passing, passing]);
  });
});

describe('PublishBatch', () => {
  const entry = {
    Message: '{"text":"é 😀 & + ="}',
    MessageGroupId: 'g',
    MessageAttributes: {
      tenant: { DataType: 'String', StringValue: 't 1' },
      lane: { DataType: 'String', StringValue: 'low' },
    },
  };
  const batch = {
    TopicArn: 'arn:aws:sns:eu-west-3:1234:relay-dev-results',
    PublishBatchRequestEntries: [
      { Id: '0', ...entry },
      { Id: '1', ...entry, Subject: undefined },
    ],
  };
  const bySdk = () => new sns.SNSClient(settings()).send(new sns.PublishBatchCommand(batch), bounded());
  const byLean = () =>
    new leanSns.SNSClient(settings()).send(new leanSns.PublishBatchCommand(batch), bounded());
  const inXml = (result: string) =>
    `<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult>${result}</PublishBatchResult></PublishBatchResponse>`;
  const refused = (ids: string[]) =>
    ids.map(
      (id) => `<member><Id>${id}</Id><Code>InternalError</Code><SenderFault>false</SenderFault></member>`,
    );

  it('asks for what the SDK asks for, signed so that AWS takes it', async () => {
    canned = { status: 200, body: inXml('<Successful/><Failed/>') };
    await bySdk();
    await byLean();
    const asked = received.map(({ headers, body }) => [
      headers['content-type'],
      [...new URLSearchParams(body)].map((pair) => pair.join(' = ')).toSorted(),
    ]);
    expect(asked[1]).toEqual(asked[0]);
    for (const arrived of received) {
      expect(arrived.headers.authorization).toMatch(new RegExp(`Signature=${signatureOf(arrived)}$`));
    }
  });

  it.each([
    ['nothing', []],
    ['one', ['1']],
    ['all', ['0', '1']],
  ])('reads that %s was refused', async (_case, ids) => {
    const taken = '<member><Id>0</Id><MessageId>m</MessageId></member>';
    canned = {
      status: 200,
      body: inXml(`<Successful>${taken}</Successful><Failed>${refused(ids).join('')}</Failed>`),
    };
    const { Failed = [] } = await bySdk();
    expect(Failed.map(({ Id }) => Id)).toEqual(ids);
    expect(await byLean()).toEqual({ Failed: ids.map((Id) => ({ Id })) });
  });

  const failure = (code: string) =>
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`;
  it.each<[string, Canned]>([
    ['a throttle', { status: 400, body: failure('Throttling') }],
    ['a fault', { status: 500, body: failure('ServiceUnavailable') }],
    ['an unknown error', { status: 403, body: failure('SignatureDoesNotMatch') }],
    ['a page of a load balancer', { status: 503, body: '<html>busy</html>' }],
  ])('tells, as the SDK does, whether %s may pass', async (_case, reply) => {
    canned = reply;
    const [sdk, lean] = [await outcomeOf(bySdk), await outcomeOf(byLean)];
    expect(lean).toMatchObject({ passing: 'passing' in sdk && sdk.passing });
  });
});

/** By these a failure is known to pass (retry.ts): Node's own errors are of another realm than a test's. */
it.each<[string, (response: ServerResponse) => void, object]>([
  ['never begins', () => undefined, { name: 'AbortError' }],
  [
    'stalls in its body',
    (response) => void response.writeHead(200, JSON_TYPE).write('{"Item":'),
    { name: 'AbortError' },
  ],
  [
    'breaks off in its body',
    (response) => void response.writeHead(200, JSON_TYPE).write('{', () => response.destroy()),
    { code: 'ECONNRESET' },
  ],
])('gives up a call, to be made again, whose reply %s', async (_case, reply, failure) => {
  const troubled = createServer((_request, response) => reply(response));
  await once(troubled.listen(0, '127.0.0.1'), 'listening');
  const address = troubled.address();
  const at = `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`;
  const client = new leanDynamoDb.DynamoDBClient({ ...settings(), endpoint: at });
  const call = client.send(new leanDynamoDb.GetItemCommand(get), bounded());
  await expect(call).rejects.toMatchObject(failure);
  troubled.closeAllConnections();
  troubled.close();
});

it('makes no call for which no time is left', async () => {
  const client = new leanDynamoDb.DynamoDBClient(settings());
  const call = client.send(new leanDynamoDb.GetItemCommand(get), { abortSignal: AbortSignal.abort() });
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  expect(received).toEqual([]);
});

it('reads bytes wherever an item holds them', async () => {
  canned = { status: 200, body: `{"Item":${inJson(item)}}` };
  const client = new leanDynamoDb.DynamoDBClient(settings());
  const read = await client.send(new leanDynamoDb.GetItemCommand(get));
  expect(read).toMatchObject({
    Item: {
      B: { M: { B: { B: Buffer.from(bytes) } } },
      all: { L: [{ BS: [Buffer.from(bytes)] }, { N: '1' }] },
    },
  });
});

it('gives a refused condition its class and the item', async () => {
  canned = { status: 400, body: REFUSED };
  const client = new leanDynamoDb.DynamoDBClient(settings());
  const refused = client.send(new leanDynamoDb.PutItemCommand(put));
  await expect(refused).rejects.toBeInstanceOf(leanDynamoDb.ConditionalCheckFailedException);
});

/** Or the code would not bundle: it is written against the SDK. */
it('names operations as the SDK does', () => {
  const commands = [
    [leanDynamoDb, dynamodb],
    [leanKms, kms],
    [leanSecretsManager, secretsManager],
    [leanSns, sns],
    [leanSqs, sqs],
  ].flatMap(([lean = {}, sdk = {}]) => Object.keys(lean).map((name) => [name, name in sdk]));
  expect(commands.length).toBeGreaterThan(20);
  expect(commands.filter(([, known]) => !known)).toEqual([]);
});
