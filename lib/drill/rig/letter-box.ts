import { GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Rig } from './rig.ts';

/** Looks at what waits in queues, and leaves it there for whoever it is for. */
export type LetterBox = Disposable & {
  /** Bodies with their attributes, of all messages that are visible. */
  look(queue: string): Promise<string[]>;
};

/** A message that was seen comes back after a second: longer than the look takes, shorter than anybody waits. */
const HIDDEN_SECONDS = 2;

export const openLetterBox = ({ endpoints }: Pick<Rig, 'endpoints'>): LetterBox => {
  const credentials = { accessKeyId: 'drill', secretAccessKey: 'drill' };
  const sqs = new SQSClient({ region: 'us-east-1', credentials, endpoint: endpoints.aws });
  return {
    look: async (queue) => {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: `relay-local-${queue}` }));
      const bodies = new Map<string, string>();
      for (let isNew = true; isNew; ) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: 10,
            VisibilityTimeout: HIDDEN_SECONDS,
            WaitTimeSeconds: 0,
            MessageAttributeNames: ['All'],
          }),
        );
        isNew = Messages.some(({ MessageId = '' }) => !bodies.has(MessageId));
        for (const { MessageId = '', Body, MessageAttributes } of Messages)
          bodies.set(MessageId, JSON.stringify([Body, MessageAttributes]));
      }
      return [...bodies.values()];
    },
    [Symbol.dispose]: () => sqs.destroy(),
  };
};
