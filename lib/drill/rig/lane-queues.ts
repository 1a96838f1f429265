import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type LaneName, laneNames } from '../../pipeline/job/lane.ts';
import type { Rig } from './rig.ts';

/** A message found in a dead-letter queue. */
export type DeadLetter = { lane: LaneName; messageId: string; reason?: string; sourceMessageId?: string };

/** The lanes as an operator's tools see them. */
export type LaneQueues = Disposable & {
  /** Sends bodies as they are; their message ids. At most ten, so that they arrive together. */
  sendBodies(lane: LaneName, bodies: readonly string[]): Promise<string[]>;
  /** What is in the dead-letter queues; call it once, at the end. */
  deadLetters(): Promise<readonly DeadLetter[]>;
  /** Messages left in the lanes, waiting or in flight. */
  left(): Promise<number>;
};

export const openLaneQueues = ({ endpoints }: Pick<Rig, 'endpoints'>): LaneQueues => {
  const credentials = { accessKeyId: 'drill', secretAccessKey: 'drill' };
  const sqs = new SQSClient({ region: 'us-east-1', credentials, endpoint: endpoints.aws });
  return {
    sendBodies: (lane, bodies) => sendBodies(sqs, lane, bodies),
    deadLetters: async () => (await Promise.all(laneNames.map((lane) => lettersIn(sqs, lane)))).flat(),
    left: async () =>
      (await Promise.all(laneNames.map((lane) => leftIn(sqs, lane)))).reduce((a, b) => a + b, 0),
    [Symbol.dispose]: () => sqs.destroy(),
  };
};

const urlOf = async (sqs: SQSClient, QueueName: string): Promise<string> => {
  const { QueueUrl = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  return QueueUrl;
};

const sendBodies = async (sqs: SQSClient, lane: LaneName, bodies: readonly string[]): Promise<string[]> => {
  const QueueUrl = await urlOf(sqs, `relay-local-${lane}`);
  const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
  const { Successful = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  return Successful.map(({ MessageId = '' }) => MessageId);
};

/** Long enough that what was received is not received again while the rest is. */
const HIDDEN_SECONDS = 600;

const lettersIn = async (sqs: SQSClient, lane: LaneName): Promise<DeadLetter[]> => {
  const QueueUrl = await urlOf(sqs, `relay-local-${lane}-dlq`);
  const receive = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: HIDDEN_SECONDS };
  const letters: DeadLetter[] = [];
  for (;;) {
    const command = new ReceiveMessageCommand({
      ...receive,
      WaitTimeSeconds: 0,
      MessageAttributeNames: ['All'],
    });
    const { Messages = [] } = await sqs.send(command);
    if (Messages.length === 0) return letters;
    letters.push(
      ...Messages.map(({ MessageId: messageId = '', MessageAttributes = {} }) => {
        const { reason, sourceMessageId } = MessageAttributes;
        return {
          lane,
          messageId,
          ...(reason?.StringValue && { reason: reason.StringValue }),
          ...(sourceMessageId?.StringValue && { sourceMessageId: sourceMessageId.StringValue }),
        };
      }),
    );
  }
};

const counted = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;

const leftIn = async (sqs: SQSClient, lane: LaneName): Promise<number> => {
  const QueueUrl = await urlOf(sqs, `relay-local-${lane}`);
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...counted] }),
  );
  return counted.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
};
