import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { type DrivenCloud, driveCloud, withDirectory } from './cloud-driver.ts';
import { synthesizeFixture, type Variation } from './fixture-app.ts';

process.env.CDK_VALIDATION = 'false';

const credentials = { accessKeyId: 'outside', secretAccessKey: 'outside' };

const clientsOf = ({ endpoints, queueUrls }: DrivenCloud) => ({
  sqs: new SQSClient({ region: 'eu-west-3', endpoint: endpoints.aws, credentials }),
  dynamodb: new DynamoDBClient({ region: 'eu-west-3', endpoint: endpoints.dynamodb, credentials }),
  QueueUrl: queueUrls['fixture-off'],
});

const start = (dir: string, name: string, variation: Variation = {}): Promise<DrivenCloud> =>
  driveCloud({ assemblyDir: synthesizeFixture(join(dir, name), variation), dataDir: join(dir, 'data') });

/** One message waiting, one in flight, one item; then the process is killed. */
const leaveStateBehind = async (dir: string): Promise<void> => {
  const cloud = await start(dir, 'first', { visibilitySeconds: 60 });
  const { sqs, dynamodb, QueueUrl } = clientsOf(cloud);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'in flight' }));
  await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'waiting' }));
  await dynamodb.send(new PutItemCommand({ TableName: 'fixture-table', Item: { id: { S: 'kept' } } }));
  await cloud.stop('SIGKILL');
};

it('keeps queues, deadlines of messages in flight and tables over a kill', async () => {
  await withDirectory(async (dir) => {
    await leaveStateBehind(dir);
    const cloud = await start(dir, 'second', { visibilitySeconds: 50 });
    const { sqs, dynamodb, QueueUrl } = clientsOf(cloud);
    const received = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    const AttributeNames: ['All'] = ['All'];
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    const found = await dynamodb.send(
      new GetItemCommand({ TableName: 'fixture-table', Key: { id: { S: 'kept' } } }),
    );
    await cloud.stop('SIGTERM');
    expect(received.Messages?.map(({ Body }) => Body)).toEqual(['waiting']);
    expect(Attributes?.ApproximateNumberOfMessagesNotVisible).toBe('2');
    expect(Attributes?.VisibilityTimeout).toBe('50');
    expect(found.Item).toEqual({ id: { S: 'kept' } });
  });
});

it('refuses a data directory whose table has other keys than the template', async () => {
  await withDirectory(async (dir) => {
    await (await start(dir, 'first')).stop('SIGTERM');
    await expect(start(dir, 'second', { partitionKey: 'other' })).rejects.toThrow(
      'table fixture-table is kept with other keys or indexes than the templates declare',
    );
  });
});

it('refuses an app with a resource that it does not know, and leaves no server behind', async () => {
  await withDirectory(async (dir) => {
    const extend: Variation['extend'] = (stack) =>
      void new StringParameter(stack, 'Setting', { stringValue: 'any' });
    await expect(start(dir, 'first', { extend })).rejects.toThrow(
      /stack Work: the local cloud does not know how to run AWS::SSM::Parameter \("Setting/,
    );
  });
});

it('leaves nothing running when it is stopped in the middle of an invocation', async () => {
  await withDirectory(async (dir) => {
    const cloud = await start(dir, 'first');
    const { sqs } = clientsOf(cloud);
    const MessageBody = JSON.stringify({ id: 'interrupted', always: 'hang' });
    await sqs.send(new SendMessageCommand({ QueueUrl: cloud.queueUrls['fixture-single'], MessageBody }));
    await cloud.seen(({ said }) => said?.began !== undefined);
    expect(await cloud.stop('SIGTERM')).toBe(0);
  });
});
