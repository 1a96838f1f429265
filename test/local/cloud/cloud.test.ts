import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PublishCommand, type PublishCommandInput, SNSClient } from '@aws-sdk/client-sns';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type DrivenCloud, driveCloud, type Line } from './cloud-driver.ts';
import { addMappedQueue, synthesizeFixture, type Variation } from './fixture-app.ts';

/** Redelivery is awaited in real time: visibility timeouts of 2 s, up to two of them in a test. */

const dir = mkdtempSync(join(tmpdir(), 'relay-cloud-'));
let cloud: DrivenCloud;
let sqs: SQSClient;
let sns: SNSClient;

/** Its function may take long: on a busy machine it takes more than a second to fill its memory. */
const addPatientQueue: Variation['extend'] = (stack) => {
  const mapping = { batchSize: 1, reportBatchItemFailures: true };
  addMappedQueue(stack, 'patient', mapping, { visibilitySeconds: 120, timeoutSeconds: 120 });
};

const deaths = (): number => cloud.lines.filter(({ kind }) => kind === 'environment-died').length;

/** What a dead environment held is visible again at once. */
const bringBack = (): Promise<unknown> =>
  fetch(`${cloud.endpoints.control}/control/visibility/expire`, { method: 'POST' });

beforeAll(async () => {
  process.env.CDK_VALIDATION = 'false';
  const assemblyDir = synthesizeFixture(join(dir, 'cdk.out'), { extend: addPatientQueue });
  cloud = await driveCloud({ assemblyDir });
  const credentials = { accessKeyId: 'outside', secretAccessKey: 'outside' };
  sqs = new SQSClient({ region: 'us-east-1', endpoint: cloud.endpoints.aws, credentials });
  sns = new SNSClient({ region: 'us-east-1', endpoint: cloud.endpoints.aws, credentials });
});

afterAll(async () => {
  sqs.destroy();
  sns.destroy();
  await cloud.stop('SIGTERM');
  rmSync(dir, { recursive: true, force: true });
});

type Request = { id: string; once?: string; always?: string; reply?: string; show?: string };

const urlOf = (queue: string): string => cloud.queueUrls[`fixture-${queue}`] ?? '';

/** In one call, so that they arrive together and make one batch. */
const send = async (queue: string, requests: Request[]): Promise<void> => {
  const Entries = requests.map((request, index) => ({
    Id: String(index),
    MessageBody: JSON.stringify(request),
  }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl: urlOf(queue), Entries }));
};

const isBatch = (word: 'began' | 'ended', ids: string[]) => (line: Line) =>
  JSON.stringify(line.said?.[word]) === JSON.stringify(ids);

const deliveries = (id: string): Line[] =>
  cloud.lines.filter(({ said }) => [said?.began].flat().includes(id));

const nextDeadLetter = async (id: string): Promise<Message> => {
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: urlOf('dlq'),
        WaitTimeSeconds: 20,
        VisibilityTimeout: 0,
      }),
    );
    const found = Messages.find(({ Body }) => Body?.includes(id));
    if (found !== undefined) return found;
  }
};

/** Resolves when nothing waits or is in flight. */
const emptied = async (queue: string): Promise<void> => {
  for (;;) {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: urlOf(queue), AttributeNames: ['All'] }),
    );
    const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = Attributes;
    if (ApproximateNumberOfMessages === '0' && ApproximateNumberOfMessagesNotVisible === '0') return;
  }
};

const delivered = (id: string, times: number): Promise<Line> =>
  cloud.seen(() => deliveries(id).length === times);

const ending = (id: string): Promise<Line> => cloud.seen(({ said }) => [said?.ended].flat().includes(id));

const environmentsOf = (id: string): unknown[] => deliveries(id).map(({ said }) => said?.environmentId);

describe('a batch', () => {
  it('is handed to the function together and deleted when the function is done', async () => {
    await send('items', [{ id: 'plain-1' }, { id: 'plain-2' }]);
    await cloud.seen(isBatch('ended', ['plain-1', 'plain-2']));
    await emptied('items');
  });

  it('keeps the messages that the function reports as failed', async () => {
    await send('items', [{ id: 'part-1' }, { id: 'part-2', once: 'fail' }, { id: 'part-3' }]);
    await cloud.seen(isBatch('ended', ['part-1', 'part-2', 'part-3']));
    await cloud.seen(isBatch('ended', ['part-2']));
    await emptied('items');
    expect(deliveries('part-1')).toHaveLength(1);
    expect(deliveries('part-2')).toHaveLength(2);
  });

  it.each([
    ['names a message that is not of the batch', 'unknownId'],
    ['has an entry without an id', 'malformed'],
  ])('comes back whole when the response %s', async (_, reply) => {
    const ids = [`${reply}-1`, `${reply}-2`];
    await send(
      'items',
      ids.map((id) => ({ id, reply })),
    );
    await Promise.all(ids.map((id) => delivered(id, 2)));
    await emptied('items');
  });

  it('is done when the function returns nothing', async () => {
    await send('items', [{ id: 'nothing', reply: 'nothing' }]);
    await ending('nothing');
    await emptied('items');
    expect(deliveries('nothing')).toHaveLength(1);
  });

  it('comes back whole when the function throws', async () => {
    await send('whole', [{ id: 'whole-1' }, { id: 'whole-2', once: 'throw' }]);
    await Promise.all(['whole-1', 'whole-2'].map((id) => delivered(id, 2)));
    await emptied('whole');
  });

  it('is deleted whatever the function reports when the mapping does not ask for reports', async () => {
    await send('whole', [{ id: 'unasked', always: 'fail' }]);
    await ending('unasked');
    await emptied('whole');
    expect(deliveries('unasked')).toHaveLength(1);
  });

  it('gathers what arrives within its batching window', async () => {
    await send('window', [{ id: 'window-1' }]);
    await send('window', [{ id: 'window-2' }]);
    await cloud.seen(isBatch('ended', ['window-1', 'window-2']));
  });

  it('does not wait for the end of its window once it is full', async () => {
    const ids = ['full-1', 'full-2', 'full-3', 'full-4', 'full-5'];
    await send(
      'window',
      ids.map((id) => ({ id })),
    );
    await cloud.seen(isBatch('ended', ids));
    await emptied('window');
  });
});

describe('an execution environment', () => {
  it.each([
    ['exceeds its timeout', 'hang', 'single', /Task timed out after 1\.00 seconds/],
    ['throws outside its handler', 'crash', 'single', /Runtime exited\tError: asked to crash/],
    ['exhausts its memory', 'exhaust', 'patient', /ERR_WORKER_OUT_OF_MEMORY|memory limit/],
  ])(
    'dies when its function %s, and the message comes back to another one',
    async (_, deed, queue, reason) => {
      const deathsBefore = deaths();
      await send(queue, [{ id: deed, once: deed }]);
      await cloud.seen(({ line }) => typeof line === 'string' && reason.test(line));
      await cloud.seen(() => deaths() > deathsBefore);
      await bringBack();
      await ending(deed);
      await emptied(queue);
      expect(new Set(environmentsOf(deed)).size).toBe(2);
    },
  );

  it('that dies of its own accord fails its invocation', async () => {
    await send('single', [{ id: 'exit', once: 'exit' }]);
    await delivered('exit', 2);
    await emptied('single');
    expect(new Set(environmentsOf('exit')).size).toBe(2);
  });

  it('that dies while it is idle is replaced', async () => {
    await send('single', [{ id: 'leaves-a-bomb', always: 'crashLater' }]);
    await cloud.seen(({ line }) => typeof line === 'string' && line.includes('asked to crash later'));
    await send('single', [{ id: 'after-the-bomb' }]);
    await ending('after-the-bomb');
    expect(environmentsOf('after-the-bomb')).not.toEqual(environmentsOf('leaves-a-bomb'));
  });

  it('is one of no more than the mapping may have at a time', async () => {
    const ids = Array.from({ length: 8 }, (_, index) => `busy-${index}`);
    await send(
      'single',
      ids.map((id) => ({ id, always: 'dawdle' })),
    );
    const ends = (await Promise.all(ids.map(ending))).map(({ said }) => ({
      from: Number(said?.startedAtMs),
      to: Number(said?.endedAtMs),
    }));
    const together = ends.map(
      ({ from }) => ends.filter((other) => other.from <= from && from < other.to).length,
    );
    expect(Math.max(...together)).toBe(2);
  });

  it('has the variables of its own function and of Lambda, and none of the process around it', async () => {
    await send('single', [{ id: 'env', show: 'env' }]);
    const { said } = await cloud.seen(({ said: words }) => words?.show === 'env');
    const arnOfSecret = expect.stringMatching(/^arn:aws:secretsmanager:eu-west-3:000000000000:secret:/);
    expect(said?.env).toMatchObject({
      PURPOSE: 'single',
      TABLE: 'fixture-table',
      SECRET: arnOfSecret,
      AWS_REGION: 'eu-west-3',
      AWS_LAMBDA_FUNCTION_NAME: 'fixture-single',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_ENDPOINT_URL_DYNAMODB: cloud.endpoints.dynamodb,
    });
    expect(said?.env).not.toHaveProperty('PATH');
    expect(said?.leftMs).toBeLessThanOrEqual(1000);
  });

  it('calls AWS under the name of its function', async () => {
    await send('single', [{ id: 'secret', always: 'askSecret' }]);
    const answer = await cloud.seen(({ said }) => said?.answer !== undefined);
    expect(answer.said?.answer).toMatchObject({ SecretString: '{"OPENAI_API_KEY":"key-of-the-test"}' });
    const request = await cloud.seen(({ service }) => service === 'secretsmanager');
    expect(request.caller).toEqual({ kind: 'function', functionName: 'fixture-single' });
  });

  it('is refused what its role does not allow, in the words of IAM', async () => {
    await send('whole', [{ id: 'not-its-secret', always: 'askSecret' }]);
    const refused = await cloud.seen(({ said }) => Object(said?.answer).__type !== undefined);
    expect(refused.said?.answer).toEqual({
      __type: 'com.amazon.coral.service#AccessDeniedException',
      message: expect.stringMatching(
        /^User: arn:aws:sts::000000000000:assumed-role\/Work-wholeFunctionServiceRole\w+\/fixture-whole is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:eu-west-3:000000000000:secret:fixture-secret-local0 because no identity-based policy allows the secretsmanager:GetSecretValue action$/,
      ),
    });
  });
});

describe('a message', () => {
  it('reaches the function in the form that Lambda gives to SQS records', async () => {
    const MessageBody = JSON.stringify({ id: 'form', show: 'form', text: 'é 😀' });
    const MessageAttributes = { trace: { DataType: 'String', StringValue: '00-abc' } };
    const sent = await sqs.send(
      new SendMessageCommand({ QueueUrl: urlOf('items'), MessageBody, MessageAttributes }),
    );
    const { said } = await cloud.seen(({ said: words }) => words?.show === 'form');
    expect(said?.event).toEqual({
      Records: [
        {
          messageId: sent.MessageId,
          receiptHandle: expect.any(String),
          body: MessageBody,
          attributes: {
            ApproximateReceiveCount: '1',
            SentTimestamp: expect.stringMatching(/^\d{13}$/),
            SenderId: expect.any(String),
            ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
          },
          messageAttributes: {
            trace: { stringValue: '00-abc', stringListValues: [], binaryListValues: [], dataType: 'String' },
          },
          md5OfBody: sent.MD5OfMessageBody,
          eventSource: 'aws:sqs',
          eventSourceARN: 'arn:aws:sqs:eu-west-3:000000000000:fixture-items',
          awsRegion: 'eu-west-3',
        },
      ],
    });
  });

  it('goes to the dead-letter queue after as many deliveries as the redrive policy allows', async () => {
    await send('items', [{ id: 'poison', always: 'fail' }]);
    const letter = await nextDeadLetter('poison');
    expect(deliveries('poison')).toHaveLength(2);
    expect(letter.Body).toBe('{"id":"poison","always":"fail"}');
  });

  it('stays where it is when the mapping is disabled', async () => {
    await send('off', [{ id: 'off' }]);
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: urlOf('off'),
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      }),
    );
    expect(Messages.map(({ Attributes }) => Attributes)).toEqual([{ ApproximateReceiveCount: '1' }]);
  });

  it('that is published to a topic reaches the queue that is subscribed to it', async () => {
    await publish('topic', { Message: 'published' });
    const letter = await nextDeadLetter('published');
    expect(JSON.parse(letter.Body ?? '')).toMatchObject({ Type: 'Notification', Message: 'published' });
  });
});

const publish = (topic: string, message: PublishCommandInput) =>
  sns.send(
    new PublishCommand({ TopicArn: `arn:aws:sns:eu-west-3:000000000000:fixture-${topic}`, ...message }),
  );

describe('a function that is subscribed to a topic', () => {
  it('is invoked with what its filter lets through, in the form that Lambda gives to SNS records', async () => {
    const dull = { kind: { DataType: 'String', StringValue: 'dull' } };
    await publish('news', { Message: '{"id":"dull"}', MessageAttributes: dull });
    const lively = { kind: { DataType: 'String', StringValue: 'lively' } };
    const Message = '{"id":"news","show":"news","text":"é 😀"}';
    const { MessageId } = await publish('news', { Message, Subject: 'of today', MessageAttributes: lively });
    const { said } = await cloud.seen(({ said: words }) => words?.show === 'news');
    const TopicArn = 'arn:aws:sns:eu-west-3:000000000000:fixture-news';
    const EventSubscriptionArn = expect.stringMatching(new RegExp(`^${TopicArn}:[0-9a-f-]{36}$`));
    const Sns = {
      ...{ Type: 'Notification', MessageId, TopicArn, Subject: 'of today', Message },
      Timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      ...{ SignatureVersion: '1', Signature: 'EXAMPLE' },
      ...{ SigningCertUrl: expect.any(String), UnsubscribeUrl: expect.any(String) },
      MessageAttributes: { kind: { Type: 'String', Value: 'lively' } },
    };
    expect(said?.event).toEqual({
      Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn, Sns }],
    });
    expect(deliveries('dull')).toHaveLength(0);
  });
});

it.each([
  ['SQS', { 'x-amz-target': 'AmazonSQS.ListQueues' }, '{}'],
  ['SNS', {}, new URLSearchParams({ Action: 'ListTopics', Version: '2010-03-31' })],
])('%s answers nobody who has not signed', async (_, headers, body) => {
  const response = await fetch(cloud.endpoints.aws, { method: 'POST', headers, body });
  expect([response.status, await response.text()]).toEqual([
    403,
    expect.stringContaining('MissingAuthenticationToken'),
  ]);
});

it('names queues by an address that resolves, whichever region the caller signs for', async () => {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'fixture-items' }));
  expect(QueueUrl).toBe(urlOf('items'));
});
