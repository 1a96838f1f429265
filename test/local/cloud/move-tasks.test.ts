import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ListMessageMoveTasksCommand,
  type ListMessageMoveTasksResultEntry,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { type DrivenCloud, driveCloud } from './cloud-driver.ts';
import { REGION, synthesizeFixture } from './fixture-app.ts';

const dir = mkdtempSync(join(tmpdir(), 'relay-moves-'));
let cloud: DrivenCloud;
let sqs: SQSClient;

beforeAll(async () => {
  process.env.CDK_VALIDATION = 'false';
  cloud = await driveCloud({ assemblyDir: synthesizeFixture(join(dir, 'cdk.out')) });
  const credentials = { accessKeyId: 'outside', secretAccessKey: 'outside' };
  sqs = new SQSClient({ region: REGION, endpoint: cloud.endpoints.aws, credentials });
});

afterAll(async () => {
  sqs.destroy();
  await cloud.stop('SIGTERM');
  rmSync(dir, { recursive: true, force: true });
});

const arn = (queue: string) => `arn:aws:sqs:${REGION}:000000000000:fixture-${queue}`;
const url = (queue: string) => cloud.queueUrls[`fixture-${queue}`] ?? '';

const send = (queue: string, MessageBody: string) =>
  sqs.send(
    new SendMessageCommand({
      QueueUrl: url(queue),
      MessageBody,
      MessageAttributes: { correlationId: { DataType: 'String', StringValue: `of ${MessageBody}` } },
    }),
  );

const start = (changes: { MaxNumberOfMessagesPerSecond?: number } = {}) =>
  sqs.send(
    new StartMessageMoveTaskCommand({ SourceArn: arn('dlq'), DestinationArn: arn('off'), ...changes }),
  );

const lastTask = async (): Promise<ListMessageMoveTasksResultEntry> => {
  const list = new ListMessageMoveTasksCommand({ SourceArn: arn('dlq') });
  const { Results: [last] = [] } = await sqs.send(list);
  if (last === undefined) throw new Error('no task was ever started');
  return last;
};

const ended = async (): Promise<ListMessageMoveTasksResultEntry> => {
  for (;;) {
    const task = await lastTask();
    if (task.Status !== 'RUNNING') return task;
  }
};

const received = async (count: number): Promise<Message[]> => {
  const found: Message[] = [];
  while (found.length < count) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: url('off'),
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
        VisibilityTimeout: 600,
        WaitTimeSeconds: 20,
      }),
    );
    found.push(...Messages);
  }
  return found;
};

describe('a task that moves messages', () => {
  it('takes all that is there to another queue, as new messages with their bodies and attributes', async () => {
    const bodies = Array.from({ length: 12 }, (_, nth) => `message ${nth}`);
    const sent = await Promise.all(bodies.map((body) => send('dlq', body)));
    await start();
    const found = await received(12);
    expect(found.map(({ Body }) => Body).sort()).toEqual(bodies.sort());
    for (const { Body, MessageAttributes } of found)
      expect(MessageAttributes?.correlationId?.StringValue).toBe(`of ${Body}`);
    const ids = new Set(sent.map(({ MessageId }) => MessageId));
    expect(found.filter(({ MessageId }) => ids.has(MessageId))).toEqual([]);
    expect(await ended()).toMatchObject({
      Status: 'COMPLETED',
      ApproximateNumberOfMessagesMoved: 12,
      ApproximateNumberOfMessagesToMove: 12,
      StartedTimestamp: expect.any(Number),
    });
  });

  it('is the only one of its queue, and keeps to the pace that it was given', async () => {
    await send('dlq', 'slow 1');
    await send('dlq', 'slow 2');
    const { TaskHandle } = await start({ MaxNumberOfMessagesPerSecond: 1 });
    expect(await lastTask()).toMatchObject({ Status: 'RUNNING', TaskHandle });
    await expect(start()).rejects.toThrow('already a task running');
    await received(2);
    const task = await ended();
    expect(task).toMatchObject({ ApproximateNumberOfMessagesMoved: 2 });
    expect(task).not.toHaveProperty('TaskHandle');
  });

  it.each([
    ['from a queue that is none', 'none', 'off', 'ResourceNotFoundException'],
    ['to a queue that is none', 'dlq', 'none', 'ResourceNotFoundException'],
    ['from a queue that is nobody’s dead-letter queue', 'items', 'off', 'InvalidParameterValue'],
  ])('is refused %s', async (_what, source, destination, name) => {
    const task = new StartMessageMoveTaskCommand({
      SourceArn: arn(source),
      DestinationArn: arn(destination),
    });
    await expect(sqs.send(task)).rejects.toMatchObject({ name });
  });
});
