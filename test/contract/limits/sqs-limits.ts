import { randomUUID } from 'node:crypto';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SendMessageCommand,
  type SendMessageCommandInput,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { type Limit, type LimitedCloud, times, unlessFailed } from './limit.ts';

const MIB = 1_048_576;

const send = ({ sqs, queueUrl: QueueUrl }: LimitedCloud, changes: Partial<SendMessageCommandInput>) =>
  sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', ...changes }));

const sendBatch = (
  { sqs, queueUrl: QueueUrl }: LimitedCloud,
  entries: Partial<SendMessageBatchRequestEntry>[],
) => {
  const Entries = entries.map((entry, index) => ({ Id: `${index}`, MessageBody: 'x', ...entry }));
  return unlessFailed(sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries })));
};

const createQueue = (
  { sqs }: LimitedCloud,
  Attributes: Record<string, string>,
  QueueName: string = randomUUID(),
) => sqs.send(new CreateQueueCommand({ QueueName, Attributes }));

const receive = ({ sqs, queueUrl: QueueUrl }: LimitedCloud, changes: object) =>
  sqs.send(new ReceiveMessageCommand({ QueueUrl, ...changes }));

/** Sends a message to a queue of its own, and changes its visibility to so much. */
const defer = async (cloud: LimitedCloud, VisibilityTimeout: number) => {
  const { QueueUrl } = await createQueue(cloud, {});
  await cloud.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  const { Messages: [message] = [] } = await cloud.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  const ReceiptHandle = message?.ReceiptHandle;
  await cloud.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
};

const arnOf = (queue: string) => `arn:aws:sqs:eu-west-3:000000000000:${queue}`;

/** The fixture's dead-letter queue is `fixture-dlq`. */
const startMove = (
  { sqs }: LimitedCloud,
  changes: { SourceArn?: string; MaxNumberOfMessagesPerSecond?: number },
) =>
  sqs.send(
    new StartMessageMoveTaskCommand({
      SourceArn: arnOf('fixture-dlq'),
      DestinationArn: arnOf('fixture-off'),
      ...changes,
    }),
  );

const text: MessageAttributeValue = { DataType: 'String', StringValue: 'x' };
const named = (...names: string[]) => Object.fromEntries(names.map((name) => [name, text]));
const numbered = (count: number) => named(...times(count, (nth) => `a${nth}`));

/** A range of an attribute of queues; `beyond` lies just outside. */
const queueAttribute = (
  what: string,
  figure: string,
  attribute: string,
  { ends, beyond }: { ends: number[]; beyond: number[] },
): Limit => ({
  service: 'SQS',
  what,
  figure,
  error: 'InvalidAttributeValue',
  within: (cloud) => Promise.all(ends.map((value) => createQueue(cloud, { [attribute]: `${value}` }))),
  over: async (cloud) => {
    const attempts = beyond.map((value) => createQueue(cloud, { [attribute]: `${value}` }));
    const results = await Promise.allSettled(attempts);
    if (results.every(({ status }) => status === 'rejected')) await Promise.all(attempts);
  },
});

export const sqsLimits: Limit[] = [
  {
    service: 'SQS',
    what: 'a message: body, and names, types and values of attributes',
    figure: '1 MiB',
    error: 'InvalidParameterValue',
    within: (cloud) => send(cloud, { MessageBody: 'x'.repeat(MIB) }),
    over: (cloud) => send(cloud, { MessageBody: 'x'.repeat(MIB - 7), MessageAttributes: named('a') }),
  },
  {
    service: 'SQS',
    what: 'all messages of a batch',
    figure: '1 MiB',
    error: 'BatchRequestTooLong',
    within: (cloud) =>
      sendBatch(
        cloud,
        times(2, () => ({ MessageBody: 'x'.repeat(MIB / 2) })),
      ),
    over: (cloud) => sendBatch(cloud, [{}, ...times(2, () => ({ MessageBody: 'x'.repeat(MIB / 2) }))]),
  },
  {
    service: 'SQS',
    what: 'entries of a batch, at most',
    figure: '10',
    error: 'TooManyEntriesInBatchRequest',
    within: (cloud) =>
      sendBatch(
        cloud,
        times(10, () => ({})),
      ),
    over: (cloud) =>
      sendBatch(
        cloud,
        times(11, () => ({})),
      ),
  },
  {
    service: 'SQS',
    what: 'entries of a batch, at least',
    figure: '1',
    error: 'EmptyBatchRequest',
    within: (cloud) => sendBatch(cloud, [{}]),
    over: (cloud) => sendBatch(cloud, []),
  },
  {
    service: 'SQS',
    what: 'entries of a batch with the same id',
    figure: '1',
    error: 'BatchEntryIdsNotDistinct',
    within: (cloud) => sendBatch(cloud, [{ Id: 'a' }, { Id: 'b' }]),
    over: (cloud) => sendBatch(cloud, [{ Id: 'a' }, { Id: 'a' }]),
  },
  {
    service: 'SQS',
    what: 'id of an entry',
    figure: '80 characters: letters, digits, `-`, `_`',
    error: 'InvalidBatchEntryId',
    within: (cloud) => sendBatch(cloud, [{ Id: 'a'.repeat(80) }]),
    over: (cloud) => sendBatch(cloud, [{ Id: 'a'.repeat(81) }]),
  },
  {
    service: 'SQS',
    what: 'characters of a body',
    figure: 'XML 1.0: no control characters but tab, line feed, carriage return',
    error: 'InvalidMessageContents',
    within: (cloud) => send(cloud, { MessageBody: '\t\r\n \u{1F600}' }),
    over: (cloud) => send(cloud, { MessageBody: 'a\u0001' }),
  },
  {
    service: 'SQS',
    what: 'delay of a message',
    figure: '0 to 900 s',
    error: 'InvalidParameterValue',
    within: (cloud) => send(cloud, { DelaySeconds: 900 }),
    over: (cloud) => send(cloud, { DelaySeconds: 901 }),
  },
  {
    service: 'SQS',
    what: 'delay of a message of a batch',
    figure: '0 to 900 s',
    error: 'InvalidParameterValue',
    within: (cloud) => sendBatch(cloud, [{ DelaySeconds: 900 }]),
    over: (cloud) => sendBatch(cloud, [{ DelaySeconds: 901 }]),
  },
  {
    service: 'SQS',
    what: 'attributes of a message',
    figure: '10',
    error: 'InvalidParameterValue',
    within: (cloud) => send(cloud, { MessageAttributes: numbered(10) }),
    over: (cloud) => send(cloud, { MessageAttributes: numbered(11) }),
  },
  {
    service: 'SQS',
    what: 'name of an attribute',
    figure: '256 characters: letters, digits, `-`, `_`, `.`',
    error: 'InvalidParameterValue',
    within: (cloud) => send(cloud, { MessageAttributes: named('a'.repeat(256)) }),
    over: (cloud) => send(cloud, { MessageAttributes: named('a'.repeat(257)) }),
  },
  {
    service: 'SQS',
    what: 'beginning of an attribute’s name',
    figure: 'not `AWS.`, `Amazon.` or `.`',
    error: 'InvalidParameterValue',
    within: (cloud) => send(cloud, { MessageAttributes: named('AWSTraceHeader') }),
    over: (cloud) => send(cloud, { MessageAttributes: named('aws.trace') }),
  },
  {
    service: 'SQS',
    what: 'value of an attribute',
    figure: 'not empty',
    error: 'InvalidParameterValue',
    within: (cloud) => send(cloud, { MessageAttributes: { a: text } }),
    over: (cloud) => send(cloud, { MessageAttributes: { a: { DataType: 'String', StringValue: '' } } }),
  },
  {
    service: 'SQS',
    what: 'message group of a message, of a standard queue too',
    figure: '128 characters: letters, digits, punctuation',
    error: 'InvalidParameterValue',
    within: (cloud) => send(cloud, { MessageGroupId: 'a'.repeat(128) }),
    over: (cloud) => send(cloud, { MessageGroupId: 'a'.repeat(129) }),
  },
  {
    service: 'SQS',
    what: 'messages of one receive',
    figure: '1 to 10',
    error: 'InvalidParameterValue',
    within: (cloud) => receive(cloud, { MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
    over: (cloud) => receive(cloud, { MaxNumberOfMessages: 11 }),
  },
  {
    service: 'SQS',
    what: 'wait of a receive',
    figure: '0 to 20 s',
    error: 'InvalidParameterValue',
    within: async (cloud) => {
      await send(cloud, {});
      await receive(cloud, { WaitTimeSeconds: 20, VisibilityTimeout: 0 });
    },
    over: (cloud) => receive(cloud, { WaitTimeSeconds: 21 }),
  },
  {
    service: 'SQS',
    what: 'visibility timeout of a receive',
    figure: '0 to 43,200 s',
    error: 'InvalidParameterValue',
    within: (cloud) => receive(cloud, { VisibilityTimeout: 43_200 }),
    over: (cloud) => receive(cloud, { VisibilityTimeout: 43_201 }),
  },
  {
    service: 'SQS',
    what: 'visibility timeout of a message in flight',
    figure: '0 to 43,200 s',
    error: 'InvalidParameterValue',
    within: (cloud) => defer(cloud, 43_199),
    over: (cloud) => defer(cloud, 43_201),
  },
  {
    service: 'SQS',
    what: 'name of a queue',
    figure: '80 characters: letters, digits, `-`, `_`',
    error: 'InvalidParameterValue',
    within: (cloud) => createQueue(cloud, {}, 'q'.repeat(80)),
    over: (cloud) => createQueue(cloud, {}, 'q'.repeat(81)),
  },
  queueAttribute('retention of a queue', '60 s to 14 days', 'MessageRetentionPeriod', {
    ends: [60, 1_209_600],
    beyond: [59, 1_209_601],
  }),
  queueAttribute('largest message of a queue', '1 KiB to 1 MiB', 'MaximumMessageSize', {
    ends: [1_024, MIB],
    beyond: [1_023, MIB + 1],
  }),
  queueAttribute('visibility timeout of a queue', '0 to 43,200 s', 'VisibilityTimeout', {
    ends: [0, 43_200],
    beyond: [-1, 43_201],
  }),
  {
    service: 'SQS',
    what: 'messages that a task moves in a second',
    figure: '1 to 500',
    error: 'InvalidParameterValue',
    within: (cloud) => startMove(cloud, { MaxNumberOfMessagesPerSecond: 500 }),
    over: (cloud) => startMove(cloud, { MaxNumberOfMessagesPerSecond: 501 }),
  },
  {
    service: 'SQS',
    what: 'where a task moves messages from',
    figure: 'a dead-letter queue',
    error: 'InvalidParameterValue',
    within: (cloud) => startMove(cloud, {}),
    over: (cloud) => startMove(cloud, { SourceArn: arnOf('fixture-off') }),
  },
];
