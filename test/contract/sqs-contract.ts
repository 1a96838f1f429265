import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type Contract, holds } from './contract.ts';
import { createContractQueue, receivesOf, sentAt } from './sqs-queue.ts';

type Subject = { client: SQSClient };

/** Timeouts of SQS are whole seconds; this one is awaited. */
const SHORTEST = 1;

const visibility: Contract<Subject> = {
  'a message that is received is hidden from others': async ({ client }) => {
    const queue = await createContractQueue(client, { VisibilityTimeout: '600' });
    await queue.send('hidden');
    await queue.next();
    expect(await queue.receive()).toEqual([]);
    expect(await queue.attribute('ApproximateNumberOfMessagesNotVisible')).toBe('1');
  },
  'it comes back with the end of its visibility, with another receipt': async ({ client }) => {
    const queue = await createContractQueue(client, { VisibilityTimeout: `${SHORTEST}` });
    await queue.send('back');
    const beforeMs = performance.now();
    const first = await queue.next();
    const second = await queue.next();
    expect(performance.now() - beforeMs).toBeGreaterThan(SHORTEST * 900);
    expect(second).toMatchObject({ MessageId: first.MessageId, Body: 'back' });
    expect([receivesOf(first), receivesOf(second)]).toEqual(['1', '2']);
    expect(sentAt(second)).toBe(sentAt(first));
    expect(second.ReceiptHandle).not.toBe(first.ReceiptHandle);
  },
  'its visibility can be ended, at once or soon': async ({ client }) => {
    const queue = await createContractQueue(client, { VisibilityTimeout: '600' });
    await queue.send('deferred');
    await queue.defer((await queue.next()).ReceiptHandle, 0);
    const second = await queue.next();
    const beforeMs = performance.now();
    await queue.defer(second.ReceiptHandle, SHORTEST);
    expect(receivesOf(await queue.next())).toBe('3');
    expect(performance.now() - beforeMs).toBeGreaterThan(SHORTEST * 900);
  },
  'its visibility can be made longer': async ({ client }) => {
    const queue = await createContractQueue(client, { VisibilityTimeout: `${3 * SHORTEST}` });
    await queue.send('deferred');
    await queue.defer((await queue.next()).ReceiptHandle, 600);
    expect(await queue.receive({ WaitTimeSeconds: 4 * SHORTEST })).toEqual([]);
  },
  'a receive may ask for a visibility of its own': async ({ client }) => {
    const queue = await createContractQueue(client);
    await queue.send('own');
    await queue.next({ VisibilityTimeout: 0 });
    expect(receivesOf(await queue.next())).toBe('2');
  },
};

const receipts: Contract<Subject> = {
  'a message that is deleted is gone, and deleting it again is no error': async ({ client }) => {
    const queue = await createContractQueue(client);
    await queue.send('done');
    const { ReceiptHandle } = await queue.next();
    await queue.delete(ReceiptHandle);
    await queue.delete(ReceiptHandle);
    expect(await queue.attribute('ApproximateNumberOfMessagesNotVisible')).toBe('0');
    expect(await queue.attribute('ApproximateNumberOfMessages')).toBe('0');
  },
  'the visibility of a message that is deleted cannot be changed': async ({ client }) => {
    const queue = await createContractQueue(client);
    await queue.send('done');
    const { ReceiptHandle } = await queue.next();
    await queue.delete(ReceiptHandle);
    await expect(queue.defer(ReceiptHandle, 30)).rejects.toMatchObject({
      $metadata: { httpStatusCode: 400 },
    });
  },
  'batches of deletions and of visibilities answer entry by entry': async ({ client }) => {
    const queue = await createContractQueue(client);
    await queue.send('one');
    await queue.send('two');
    const [one, two] = [await queue.next(), await queue.next()];
    const deferred = await client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: queue.url,
        Entries: [{ Id: 'a', ReceiptHandle: one.ReceiptHandle, VisibilityTimeout: 0 }],
      }),
    );
    expect(deferred.Successful).toEqual([{ Id: 'a' }]);
    const again = await queue.next();
    expect(again.MessageId).toBe(one.MessageId);
    const entryOf = (Id: string, { ReceiptHandle }: { ReceiptHandle?: string | undefined }) => ({
      Id,
      ReceiptHandle,
    });
    const Entries = [entryOf('a', again), entryOf('b', two)];
    const deleted = await client.send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries }));
    expect(deleted.Successful).toEqual([{ Id: 'a' }, { Id: 'b' }]);
    expect(await queue.attribute('ApproximateNumberOfMessagesNotVisible')).toBe('0');
  },
};

const sending: Contract<Subject> = {
  'a message arrives as it was sent, with its attributes': async ({ client }) => {
    const queue = await createContractQueue(client);
    const MessageAttributes = {
      text: { DataType: 'String', StringValue: 'é\u{1F600}' },
      number: { DataType: 'Number', StringValue: '12.5' },
      bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) },
    };
    const body = 'é\u{1F600}\n<>&"';
    const MessageId = await queue.send(body, { MessageAttributes });
    const message = await queue.next();
    expect(message).toMatchObject({ MessageId, Body: body, MessageAttributes });
    expect(message.Attributes).toMatchObject({
      ApproximateReceiveCount: '1',
      SentTimestamp: expect.stringMatching(/^\d{13}$/),
      ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
    });
  },
  'the group of a message of a standard queue arrives': async ({ client }) => {
    const queue = await createContractQueue(client);
    await queue.send('fair', { MessageGroupId: 'tenant' });
    expect((await queue.next()).Attributes?.MessageGroupId).toBe('tenant');
  },
  'a delayed message is counted, and received only when its delay is over': async ({ client }) => {
    const queue = await createContractQueue(client);
    await queue.send('much later', { DelaySeconds: 900 });
    expect(await queue.attribute('ApproximateNumberOfMessagesDelayed')).toBe('1');
    expect(await queue.receive()).toEqual([]);
    const beforeMs = performance.now();
    await queue.send('later', { DelaySeconds: SHORTEST });
    expect((await queue.next()).Body).toBe('later');
    expect(performance.now() - beforeMs).toBeGreaterThan(SHORTEST * 900);
  },
  'of a batch what is invalid fails, and the rest is sent': async ({ client }) => {
    const queue = await createContractQueue(client);
    const Entries = [
      { Id: 'good', MessageBody: 'good' },
      { Id: 'bad', MessageBody: 'bad \u0001' },
    ];
    const { Successful, Failed } = await client.send(
      new SendMessageBatchCommand({ QueueUrl: queue.url, Entries }),
    );
    expect(Successful).toMatchObject([{ Id: 'good' }]);
    expect(Failed).toMatchObject([{ Id: 'bad', SenderFault: true }]);
    expect((await queue.next()).Body).toBe('good');
  },
  'a queue that there is none of is told by name': async ({ client }) => {
    const asked = client.send(new GetQueueUrlCommand({ QueueName: 'there-is-none' }));
    await expect(asked).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  },
};

const waiting: Contract<Subject> = {
  'a receive that waits hands out a message when it comes': async ({ client }) => {
    const queue = await createContractQueue(client);
    const waited = queue.receive({ WaitTimeSeconds: 20 });
    const startedAtMs = performance.now();
    await queue.send('awaited');
    expect(await waited).toMatchObject([{ Body: 'awaited' }]);
    expect(performance.now() - startedAtMs).toBeLessThan(19_000);
  },
  'a receive that waits in vain ends with nothing': async ({ client }) => {
    const queue = await createContractQueue(client);
    const startedAtMs = performance.now();
    expect(await queue.receive({ WaitTimeSeconds: SHORTEST })).toEqual([]);
    expect(performance.now() - startedAtMs).toBeGreaterThan(SHORTEST * 900);
  },
  'a receive hands out as many as it asks for': async ({ client }) => {
    const queue = await createContractQueue(client);
    for (const body of ['1', '2', '3']) await queue.send(body);
    expect(await queue.receive({ MaxNumberOfMessages: 2, WaitTimeSeconds: 1 })).toHaveLength(2);
  },
};

const deadLetters: Contract<Subject> = {
  'what was received too often is set aside as it is, with the time of its first sending': async ({
    client,
  }) => {
    const dead = await createContractQueue(client);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 });
    const queue = await createContractQueue(client, { RedrivePolicy });
    await queue.send('poison', { MessageAttributes: { a: { DataType: 'String', StringValue: 'x' } } });
    const first = await queue.next({ VisibilityTimeout: 0 });
    await queue.next({ VisibilityTimeout: 0 });
    expect(await queue.receive()).toEqual([]);
    const letter = await dead.next();
    expect(letter).toMatchObject({
      MessageId: first.MessageId,
      Body: 'poison',
      MessageAttributes: { a: { StringValue: 'x' } },
    });
    expect(sentAt(letter)).toBe(sentAt(first));
    expect(await queue.attribute('ApproximateNumberOfMessages')).toBe('0');
  },
};

export const sqsContract = (subject: () => Subject): void => {
  holds('SQS, visibility', visibility, subject);
  holds('SQS, receipts', receipts, subject);
  holds('SQS, sending', sending, subject);
  holds('SQS, waiting', waiting, subject);
  holds('SQS, dead letters', deadLetters, subject);
};
