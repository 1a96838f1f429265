import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { type Notice, noticeSchema } from '../../pipeline/alerts/notice.ts';
import type { Rig } from './rig.ts';

/** What the person on call gets, as a machine would read it. */
export type NoticeBox = Disposable & {
  /** Reads what has come; waits for a second if nothing has. Whether there was anything. */
  read(): Promise<boolean>;
  /** Every notice that was read, as often as it came. */
  notices(): readonly Notice[];
};

const NAME = 'oncall';

const envelope = z.object({ Message: z.string() });

/** Subscribes a queue of its own to the topic of notices. */
export const openNoticeBox = async ({ endpoints }: Pick<Rig, 'endpoints'>): Promise<NoticeBox> => {
  const credentials = { accessKeyId: 'drill', secretAccessKey: 'drill' };
  const client = { region: 'us-east-1', credentials, endpoint: endpoints.aws };
  const [sqs, sns] = [new SQSClient(client), new SNSClient(client)];
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: NAME }));
  const arn = (service: string, name: string) => `arn:aws:${service}:us-east-1:000000000000:${name}`;
  const subscription = {
    TopicArn: arn('sns', 'relay-local-notices'),
    Protocol: 'sqs',
    Endpoint: arn('sqs', NAME),
  };
  await sns.send(new SubscribeCommand(subscription));
  const notices: Notice[] = [];
  return {
    read: async () => {
      const receive = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 };
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(receive));
      for (const { Body = '', ReceiptHandle } of Messages) {
        notices.push(...noticesIn(Body));
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
      return Messages.length > 0;
    },
    notices: () => notices,
    [Symbol.dispose]: () => {
      sqs.destroy();
      sns.destroy();
    },
  };
};

/** None for an alarm of CloudWatch that speaks directly. */
const noticesIn = (body: string): Notice[] => {
  const { Message } = envelope.parse(JSON.parse(body));
  const { data } = noticeSchema.safeParse(JSON.parse(Message));
  return data === undefined ? [] : [data];
};
