import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { alarmDescription } from '../../lib/pipeline/alerts/alarm-description.ts';
import { alertBody } from '../../lib/pipeline/alerts/message-body.ts';
import { type Notice, noticeSchema } from '../../lib/pipeline/alerts/notice.ts';
import {
  eventually,
  type LocalRelay,
  messageFromNewCreator,
  messagesIn,
  queueUrl,
  send,
  startLocalRelay,
} from './local-relay.ts';

const topicArn = (name: string): string => `arn:aws:sns:us-east-1:000000000000:relay-local-${name}`;

let relay: LocalRelay;
let sns: SNSClient;
let noticesUrl: string;
const notices: Notice[] = [];

beforeAll(async () => {
  relay = await startLocalRelay(['--no-sample', '--instant']);
  sns = new SNSClient({
    region: 'us-east-1',
    endpoint: relay.endpoints.aws,
    credentials: { accessKeyId: 'oncall', secretAccessKey: 'oncall' },
  });
  await relay.sqs.send(new CreateQueueCommand({ QueueName: 'oncall' }));
  noticesUrl = queueUrl(relay, 'oncall');
  await sns.send(
    new SubscribeCommand({
      TopicArn: topicArn('notices'),
      Protocol: 'sqs',
      Endpoint: 'arn:aws:sqs:us-east-1:000000000000:oncall',
    }),
  );
});
afterAll(async () => {
  sns.destroy();
  await relay.stop();
});

const envelope = z.object({ Subject: z.string(), Message: z.string() });

/** An alarm that goes around the aggregator, in CloudWatch's own form. */
const directAlarm = z.object({ AlarmName: z.string() });

/** Reads what the person on call has got, once. */
const readMail = async (): Promise<void> => {
  const { Messages = [] } = await relay.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: noticesUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
  );
  for (const { Body = '', ReceiptHandle } of Messages) {
    const { Message } = envelope.parse(JSON.parse(Body));
    const mail: unknown = JSON.parse(Message);
    if (!directAlarm.safeParse(mail).success) notices.push(noticeSchema.parse(mail));
    await relay.sqs.send(new DeleteMessageCommand({ QueueUrl: noticesUrl, ReceiptHandle }));
  }
};

const noticesOf = (name: string): Notice[] => notices.filter((notice) => notice.name === name);

/** As CloudWatch publishes a change of an alarm. */
const publishAlarm = (runbook: string, severity: 'critical' | 'warning', state: 'ALARM' | 'OK', lane = '') =>
  sns.send(
    new PublishCommand({
      TopicArn: topicArn('alarms'),
      Subject: `${state}: "relay-local-${runbook}"`,
      Message: JSON.stringify({
        AlarmName: `relay-local-${runbook}${lane && `-${lane}`}`,
        AlarmDescription: alarmDescription({ impact: 'Jobs wait.', severity, runbook }),
        NewStateValue: state,
        NewStateReason: 'Threshold Crossed: 1 datapoint [3.0] was greater than the threshold (0.0).',
        StateChangeTime: new Date().toISOString().replace('Z', '+0000'),
      }),
    }),
  );

it('an alarm becomes one notice, at once', async () => {
  await publishAlarm('unpriced-calls', 'critical', 'ALARM');
  const [first] = await eventually(async () => {
    await readMail();
    return noticesOf('unpriced-calls').length > 0 ? noticesOf('unpriced-calls') : undefined;
  });
  expect(first).toMatchObject({
    reason: 'new',
    severity: 'critical',
    counts: { firing: 1, resolved: 0, received: 1 },
    runbook: 'docs/runbook.md#unpriced-calls',
  });
  await publishAlarm('unpriced-calls', 'critical', 'OK'); // its notice comes after the wait: see the last test
});

const group = z.object({ name: z.string(), received: z.int() });

/** Alerts of the storm that the table has counted and no notice has told yet. */
const sinceLastNotice = async (): Promise<number> => {
  const { Items = [] } = await relay.dynamodb.send(
    new QueryCommand({
      TableName: 'relay-local-alerts',
      KeyConditionExpression: '#family = :family',
      ExpressionAttributeNames: { '#family': 'family' },
      ExpressionAttributeValues: { ':family': { S: 'group' } },
    }),
  );
  return Items.map(({ value }) => group.parse(JSON.parse(value?.S ?? '')))
    .filter(({ name }) => name === 'delivery-errors')
    .reduce((sum, { received }) => sum + received, 0);
};

it('a provider whose balance is used up is named at once, by the worker that met it', async () => {
  await fetch(`${relay.endpoints.models}/control/faults`, {
    method: 'PUT',
    body: JSON.stringify([{ id: 'balance', match: { provider: 'anthropic' }, fault: { kind: 'money' } }]),
  });
  await send(relay, 'critical', messageFromNewCreator({ model: 'claude' }));
  const [notice] = await eventually(async () => {
    await readMail();
    const named = noticesOf('provider-needs-person').filter(({ labels }) => labels.provider !== undefined);
    return named.length > 0 ? named : undefined;
  });
  expect(notice).toMatchObject({
    reason: 'new',
    severity: 'critical',
    labels: { provider: 'anthropic' },
    members: [{ provider: 'anthropic', model: expect.stringContaining('claude') }],
  });
});

it('a storm of 500 becomes a few notices, and none of it is lost', async () => {
  const providers = ['openai', 'anthropic'];
  const storm = Array.from({ length: 500 }, (_, nth) => ({
    name: 'delivery-errors',
    severity: 'critical' as const,
    state: 'firing' as const,
    labels: { provider: providers[nth % 2] ?? '', model: `model-${nth}` },
    atMs: Date.now(),
  }));
  for (let sent = 0; sent < storm.length; sent += 10) {
    const Entries = storm
      .slice(sent, sent + 10)
      .map((alert, index) => ({ Id: String(index), MessageBody: alertBody(alert) }));
    const QueueUrl = queueUrl(relay, 'relay-local-alerts');
    await relay.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }
  // each is in a notice, or counted for the next one
  const told = await eventually(async () => {
    await readMail();
    const of = noticesOf('delivery-errors');
    const counted = of.reduce((sum, { counts }) => sum + counts.received, 0);
    return counted + (await sinceLastNotice()) === storm.length ? of : undefined;
  });
  expect(new Set(told.map(({ labels }) => labels.provider))).toEqual(new Set(providers));
  expect(told.length).toBeLessThanOrEqual(4);
});

it('what is no alert goes to the dead-letter queue, with its reason', async () => {
  await relay.sqs.send(
    new SendMessageCommand({ QueueUrl: queueUrl(relay, 'relay-local-alerts'), MessageBody: 'hello' }),
  );
  const letter = await eventually(async () => {
    const { Messages = [] } = await relay.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl(relay, 'relay-local-alerts-dlq'),
        MessageAttributeNames: ['All'],
        WaitTimeSeconds: 1,
      }),
    );
    return Messages[0];
  });
  expect(letter.Body).toBe('hello');
  expect(letter.MessageAttributes?.reason?.StringValue).toBe('not-json');
  expect(await messagesIn(relay, 'relay-local-alerts-dlq')).toBe(1);
});

it('the end of an alarm becomes another notice', async () => {
  const told = await eventually(async () => {
    await readMail();
    return noticesOf('unpriced-calls').length > 1 ? noticesOf('unpriced-calls') : undefined;
  });
  expect(told.map(({ reason }) => reason)).toEqual(['new', 'resolved']);
});
