import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Rig } from './rig.ts';

/** `atMs`: when SNS handed it on. */
export type TopicMessage = { text: string; atMs: number };

/** What a subscriber of a topic gets. */
export type TopicBox = Disposable & {
  /** Takes some of what has come; waits up to so many seconds if nothing has. */
  take(waitSeconds: number): Promise<readonly TopicMessage[]>;
};

const arnOf = (service: string, name: string) => `arn:aws:${service}:us-east-1:000000000000:${name}`;

/** Subscribes a queue of its own to a topic, named without the stage's prefix. */
export const openTopicBox = async (
  { endpoints }: Pick<Rig, 'endpoints'>,
  topic: string,
): Promise<TopicBox> => {
  const credentials = { accessKeyId: 'drill', secretAccessKey: 'drill' };
  const client = { region: 'us-east-1', credentials, endpoint: endpoints.aws };
  const [sqs, sns] = [new SQSClient(client), new SNSClient(client)];
  const name = `onlooker-of-${topic}`;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const subscription = {
    TopicArn: arnOf('sns', `relay-local-${topic}`),
    Protocol: 'sqs',
    Endpoint: arnOf('sqs', name),
    Attributes: { RawMessageDelivery: 'true' },
  };
  await sns.send(new SubscribeCommand(subscription));
  return {
    take: (waitSeconds) => take(sqs, QueueUrl, waitSeconds),
    [Symbol.dispose]: () => {
      sqs.destroy();
      sns.destroy();
    },
  };
};

const take = async (sqs: SQSClient, QueueUrl = '', WaitTimeSeconds = 0): Promise<readonly TopicMessage[]> => {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      WaitTimeSeconds,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['SentTimestamp'],
    }),
  );
  if (Messages.length === 0) return [];
  const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  return Messages.map(read);
};

const read = ({ Body = '', Attributes }: Message): TopicMessage => ({
  text: Body,
  atMs: Number(Attributes?.SentTimestamp),
});
