import { randomUUID } from 'node:crypto';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** A queue of one test. */
export type ContractQueue = {
  url: string;
  arn: string;
  send(MessageBody: string, changes?: Partial<SendMessageCommandInput>): Promise<string | undefined>;
  /** One receive, with all attributes. */
  receive(changes?: Partial<ReceiveMessageCommandInput>): Promise<Message[]>;
  /** The next message, however many receives it takes. */
  next(changes?: Partial<ReceiveMessageCommandInput>): Promise<Message>;
  defer(ReceiptHandle: string | undefined, VisibilityTimeout: number): Promise<unknown>;
  delete(ReceiptHandle: string | undefined): Promise<unknown>;
  attribute(
    name: 'QueueArn' | `ApproximateNumberOfMessages${'' | 'Delayed' | 'NotVisible'}`,
  ): Promise<string>;
};

export const createContractQueue = async (
  client: SQSClient,
  Attributes: Record<string, string> = {},
): Promise<ContractQueue> => {
  const create = new CreateQueueCommand({ QueueName: `contract-${randomUUID()}`, Attributes });
  const { QueueUrl = '' } = await client.send(create);
  const attribute: ContractQueue['attribute'] = async (name) => {
    const asked = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [name] }));
    return asked.Attributes?.[name] ?? '';
  };
  const receive: ContractQueue['receive'] = async (changes = {}) => {
    const all = { MessageSystemAttributeNames: ['All' as const], MessageAttributeNames: ['All'] };
    const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...all, ...changes });
    return (await client.send(receive)).Messages ?? [];
  };
  return {
    url: QueueUrl,
    arn: await attribute('QueueArn'),
    send: async (MessageBody, changes = {}) =>
      (await client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...changes }))).MessageId,
    receive,
    next: async (changes = {}) => {
      for (;;) {
        const [message] = await receive({ WaitTimeSeconds: 20, MaxNumberOfMessages: 1, ...changes });
        if (message !== undefined) return message;
      }
    },
    defer: (ReceiptHandle, VisibilityTimeout) =>
      client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout })),
    delete: (ReceiptHandle) => client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })),
    attribute,
  };
};

export const receivesOf = ({ Attributes }: Message): string | undefined =>
  Attributes?.ApproximateReceiveCount;

export const sentAt = ({ Attributes }: Message): string | undefined => Attributes?.SentTimestamp;
