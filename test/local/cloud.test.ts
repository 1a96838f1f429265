import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type DrivenCloud, driveCloud, type Line } from './cloud-driver.ts';
import { synthesizeFixture } from './fixture-app.ts';

const dir = mkdtempSync(join(tmpdir(), 'relay-cloud-'));
let cloud: DrivenCloud;
let sqs: SQSClient;

beforeAll(async () => {
  process.env['CDK_VALIDATION'] = 'false';
  const assemblyDir = synthesizeFixture(join(dir, 'cdk.out'));
  cloud = await driveCloud({ assemblyDir });
  const credentials = { accessKeyId: 'outside', secretAccessKey: 'outside' };
  sqs = new SQSClient({ region: 'us-east-1', endpoint: cloud.endpoints.aws, credentials });
}, 20_000);

afterAll(async () => {
  sqs.destroy();
  await cloud.stop('SIGTERM');
  rmSync(dir, { recursive: true, force: true });
});

type Request = { id: string; once?: string; always?: string; reply?: string; show?: string };

const urlOf = (queue: string): string => cloud.queueUrls[`fixture-${queue}`] ?? '';

/** In one call, so that they arrive together and make one batch. */
const send = async (queue: string, requests: Request[]): Promise<void> => {
  const Entries = requests.map((request, index) => ({ Id: String(index), MessageBody: JSON.stringify(request) }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl: urlOf(queue), Entries }));
};

const isBatch = (word: 'began' | 'ended', ids: string[]) => (line: Line) =>
  JSON.stringify(line.said?.[word]) === JSON.stringify(ids);

const deliveries = (id: string): Line[] => cloud.lines.filter(({ said }) => [said?.['began']].flat().includes(id));

const nextDeadLetter = async (id: string): Promise<Message> => {
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: urlOf('dlq'), WaitTimeSeconds: 20, AttributeNames: ['All'], VisibilityTimeout: 0 }),
    );
    const found = Messages.find(({ Body }) => Body?.includes(id));
    if (found !== undefined) return found;
  }
};

/** Nothing waits, is in flight or delayed. */
const isEmpty = async (queue: string): Promise<boolean> => {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: urlOf(queue), AttributeNames: ['All'] }),
  );
  return ['', 'NotVisible', 'Delayed'].every((state) => Attributes[`ApproximateNumberOfMessages${state}`] === '0');
};

describe('a batch', () => {
  it('is handed to the function together and deleted when the function is done', async () => {
    await send('items', [{ id: 'plain-1' }, { id: 'plain-2' }]);
    await cloud.seen(isBatch('ended', ['plain-1', 'plain-2']));
    await cloud.seen(({ action, caller }) => action === 'DeleteMessageBatch' && caller !== undefined);
    expect(await isEmpty('items')).toBe(true);
  });

  it('loses only the messages that succeeded when the function reports failures', async () => {
    await send('items', [{ id: 'part-1' }, { id: 'part-2', once: 'fail' }, { id: 'part-3' }]);
    await cloud.seen(isBatch('began', ['part-1', 'part-2', 'part-3']));
    await cloud.seen(isBatch('ended', ['part-2']));
    expect(deliveries('part-1')).toHaveLength(1);
    expect(deliveries('part-2')).toHaveLength(2);
  });

  it.each([
    ['an id that is not of the batch', 'unknownId'],
    ['an entry without an id', 'malformed'],
  ])('comes back whole when the response has %s', async (_, reply) => {
    const ids = [`${reply}-1`, `${reply}-2`];
    await send(
      'items',
      ids.map((id) => ({ id, reply })),
    );
    await cloud.seen(isBatch('ended', ids));
    const second = (id: string) => cloud.seen(() => deliveries(id).length === 2);
    await Promise.all(ids.map(second));
  });

  it('is done when the function returns nothing', async () => {
    await send('items', [{ id: 'nothing', reply: 'nothing' }]);
    await cloud.seen(isBatch('ended', ['nothing']));
    await cloud.seen(() => deletions() > 0);
    expect(await isEmpty('items')).toBe(true);
  });

  it('comes back whole when the function throws', async () => {
    await send('whole', [{ id: 'whole-1' }, { id: 'whole-2', once: 'throw' }]);
    await Promise.all(['whole-1', 'whole-2'].map((id) => cloud.seen(() => deliveries(id).length === 2)));
  });

  it('is deleted whole, whatever the function reports, when the mapping does not ask for reports', async () => {
    await send('whole', [{ id: 'unasked', always: 'fail' }]);
    await cloud.seen(isBatch('ended', ['unasked']));
    await cloud.seen(({ action }) => action === 'DeleteMessageBatch');
    expect(deliveries('unasked')).toHaveLength(1);
  });
});
