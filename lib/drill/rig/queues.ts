import {
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Rig } from './rig.ts';

/** A message, and why it was set aside, if it was. */
export type Letter = { body: string; reason: string | undefined };

/** Any queue of the stage, by its name without the stage's prefix, as an operator's tools see it. */
export type Queues = Disposable & {
  /** Sends a body as it is. */
  send(name: string, body: string): Promise<void>;
  /** Receives all messages and keeps them hidden, as a tool does that moves them. */
  take(name: string): Promise<readonly Letter[]>;
};

/** Longer than any drill, in seconds. */
const HIDDEN_SECONDS = 600;

export const openQueues = ({ endpoints }: Pick<Rig, 'endpoints'>): Queues => {
  const credentials = { accessKeyId: 'drill', secretAccessKey: 'drill' };
  const sqs = new SQSClient({ region: 'us-east-1', credentials, endpoint: endpoints.aws });
  const urlOf = async (name: string): Promise<string> => {
    const { QueueUrl = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName: `relay-local-${name}` }));
    return QueueUrl;
  };
  return {
    send: async (name, MessageBody) => {
      await sqs.send(new SendMessageCommand({ QueueUrl: await urlOf(name), MessageBody }));
    },
    take: async (name) => {
      const receive = {
        QueueUrl: await urlOf(name),
        MaxNumberOfMessages: 10,
        VisibilityTimeout: HIDDEN_SECONDS,
        WaitTimeSeconds: 0,
        MessageAttributeNames: ['All'],
      };
      const letters: Letter[] = [];
      for (let left = true; left; ) {
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(receive));
        left = Messages.length > 0;
        letters.push(
          ...Messages.map(({ Body = '', MessageAttributes }) => ({
            body: Body,
            reason: MessageAttributes?.reason?.StringValue,
          })),
        );
      }
      return letters;
    },
    [Symbol.dispose]: () => sqs.destroy(),
  };
};
