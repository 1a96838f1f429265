import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Message, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createCallers } from '../../lib/local/cloud/aws-request.ts';
import { startJsonService } from '../../lib/local/cloud/json-service.ts';
import type { LoopbackServer } from '../../lib/local/cloud/loopback-server.ts';
import type { Rejection } from '../../lib/pipeline/job/job-message.ts';
import { createSourceQueue } from '../../lib/runtime/source-queue.ts';
import { type DrivenCloud, driveCloud } from '../local/cloud/cloud-driver.ts';
import { REGION, synthesizeFixture } from '../local/cloud/fixture-app.ts';
import { aRecord } from './sqs-record.ts';

/** The client of a lane queue finds its service, region and credentials in the environment, as in Lambda. */
const pointTo = (endpoint: string) =>
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });

const rejection: Rejection = { reason: 'invalid', detail: 'model is none of gpt-5, claude' };

describe('a lane queue over SQS', () => {
  const dir = mkdtempSync(join(tmpdir(), 'relay-lane-'));
  let cloud: DrivenCloud;
  let sqs: SQSClient;

  beforeAll(async () => {
    process.env.CDK_VALIDATION = 'false';
    cloud = await driveCloud({ assemblyDir: synthesizeFixture(join(dir, 'cdk.out')) });
    pointTo(cloud.endpoints.aws);
    sqs = new SQSClient({});
  });

  afterAll(async () => {
    sqs.destroy();
    await cloud.stop('SIGTERM');
    rmSync(dir, { recursive: true, force: true });
  });

  /** A queue whose mapping is switched off: nobody receives from it but this test. */
  const queueUrl = () => cloud.queueUrls['fixture-off'] ?? '';
  const deadLetterQueueUrl = () => cloud.queueUrls['fixture-dlq'] ?? '';
  const laneQueue = () =>
    createSourceQueue({ queueUrl: queueUrl(), deadLetterQueueUrl: deadLetterQueueUrl() });

  const receive = async (QueueUrl: string, VisibilityTimeout: number): Promise<Message> => {
    const { Messages: [message] = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MessageAttributeNames: ['All'],
        VisibilityTimeout,
        WaitTimeSeconds: 10,
      }),
    );
    if (message === undefined) throw new Error('the queue is empty');
    return message;
  };

  const received = async (): Promise<Message & { ReceiptHandle: string }> => {
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(), MessageBody: 'a job' }));
    const { ReceiptHandle = '', ...message } = await receive(queueUrl(), 600);
    return { ...message, ReceiptHandle };
  };

  it('puts what is no job into the dead-letter queue as it came, with why and whence', async () => {
    await laneQueue().reject(aRecord({ messageId: 'message-7', body: '{"odd": 😀}' }), rejection);
    const { Body, MessageAttributes } = await receive(deadLetterQueueUrl(), 600);
    expect(Body).toBe('{"odd": 😀}');
    expect(MessageAttributes).toMatchObject({
      reason: { DataType: 'String', StringValue: 'invalid' },
      detail: { DataType: 'String', StringValue: rejection.detail },
      sourceMessageId: { DataType: 'String', StringValue: 'message-7' },
    });
  });

  it.each([
    ['with its reason when there is room for it', 1_023 * 1_024, ['detail', 'reason', 'sourceMessageId']],
    ['without its reason when there is none', 1_023 * 1_024 + 1, []],
    ['of the full mebibyte that SQS carries', 1_024 * 1_024, []],
  ])('gets a body through %s', async (_how, bytes, attributes) => {
    const body = 'é'.repeat(bytes / 2) + 'x'.repeat(bytes % 2);
    const messageId = '0'.repeat(100); // the longest id that SQS gives
    await laneQueue().reject(aRecord({ body, messageId }), { reason: 'too-large', detail: 'd'.repeat(600) });
    const { Body, MessageAttributes = {} } = await receive(deadLetterQueueUrl(), 600);
    expect(Body === body).toBe(true);
    expect(Object.keys(MessageAttributes).sort()).toEqual(attributes);
  });

  it('rejects when the dead-letter queue does not take a letter', async () => {
    const queue = createSourceQueue({ queueUrl: queueUrl(), deadLetterQueueUrl: `${queueUrl()}-missing` });
    await expect(queue.reject(aRecord(), rejection)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });

  it('brings a message back at once that is to wait for nothing', async () => {
    const { ReceiptHandle, MessageId } = await received();
    expect(await laneQueue().defer([{ receiptHandle: ReceiptHandle, delayMs: 0 }])).toBe(0);
    expect(await receive(queueUrl(), 600)).toMatchObject({ MessageId });
  });

  it('counts the messages whose return SQS refuses, and sets the others', async () => {
    const { ReceiptHandle, MessageId } = await received();
    const refused = await laneQueue().defer([
      { receiptHandle: 'unknown', delayMs: 0 },
      { receiptHandle: ReceiptHandle, delayMs: 0 },
      { receiptHandle: 'unknown too', delayMs: 0 },
    ]);
    expect(refused).toBe(2);
    expect(await receive(queueUrl(), 600)).toMatchObject({ MessageId });
  });

  it('is not refused a wait that is longer than SQS allows', async () => {
    const { ReceiptHandle } = await received();
    expect(await laneQueue().defer([{ receiptHandle: ReceiptHandle, delayMs: 48 * 3_600_000 }])).toBe(0);
  });

  it('rejects when the queue is not there', async () => {
    const queue = createSourceQueue({ queueUrl: `${queueUrl()}-missing`, deadLetterQueueUrl: queueUrl() });
    const deferring = queue.defer([{ receiptHandle: 'handle', delayMs: 0 }]);
    await expect(deferring).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });
});

describe('a lane queue on the wire', () => {
  const requests: { action: string; input: object }[] = [];
  let answer: (action: string) => Promise<object> = async () => ({});
  let service: LoopbackServer;

  beforeAll(async () => {
    service = await startJsonService({
      port: 0,
      service: 'sqs',
      contentType: 'application/x-amz-json-1.0',
      callers: createCallers(),
      onRequest: () => undefined,
      handle: (action, input) => {
        requests.push({ action, input });
        return answer(action);
      },
    });
    pointTo(service.endpoint);
  });

  afterAll(() => service.stop());

  beforeEach(() => {
    requests.length = 0;
    answer = async () => ({});
  });

  const aQueue = () =>
    createSourceQueue({
      queueUrl: `${service.endpoint}/0/lane`,
      deadLetterQueueUrl: `${service.endpoint}/0/dlq`,
    });

  it('asks for whole seconds, never too few, and for no more than eleven hours', async () => {
    const delaysMs = [0, 1, 999, 1_000, 1_001, 39_600_000, 39_600_001, 172_800_000];
    await aQueue().defer(delaysMs.map((delayMs, index) => ({ receiptHandle: `handle-${index}`, delayMs })));
    const Entries = [0, 1, 1, 1, 2, 39_600, 39_600, 39_600].map((VisibilityTimeout, index) => ({
      Id: String(index),
      ReceiptHandle: `handle-${index}`,
      VisibilityTimeout,
    }));
    const QueueUrl = `${service.endpoint}/0/lane`;
    expect(requests).toEqual([{ action: 'ChangeMessageVisibilityBatch', input: { QueueUrl, Entries } }]);
  });

  it('repeats a delay that SQS failed to set, but does not send a rejected message twice by itself', async () => {
    answer = () => Promise.reject(new Error('a failure of the test'));
    await expect(aQueue().defer([{ receiptHandle: 'handle', delayMs: 0 }])).rejects.toThrow();
    expect(requests.length).toBeGreaterThan(1);
    requests.length = 0;
    await expect(aQueue().reject(aRecord(), rejection)).rejects.toThrow();
    expect(requests).toHaveLength(1);
  });

  it('gives up a call that is never answered', async () => {
    answer = () => new Promise(() => {});
    await expect(aQueue().reject(aRecord(), rejection)).rejects.toMatchObject({ name: 'AbortError' });
    expect(requests).toHaveLength(1);
  });
});
