import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { SqsClient, SqsMessage } from './sqs-client.ts';

/** The queues of this machine, as tasks need them. */
export type MovableQueues = {
  /** `undefined`: there is no such queue. */
  find(arn: string): { url: string; visible: number } | undefined;
  /** Whether some queue sets messages aside in it. */
  isDeadLetterQueue(arn: string): boolean;
  /** A new message with this body and these attributes. */
  send(arn: string, message: SqsMessage): void;
  client: Pick<SqsClient, 'receive' | 'delete'>;
};

/** An answer of SQS in JSON. */
export type SqsAnswer = { status: number; body: object };

/** Tasks that move all messages of a dead-letter queue (`StartMessageMoveTask`), which fauxqs does not have. */
export type MoveTasks = {
  /** `undefined`: the action is none of theirs. */
  answer(action: string, input: unknown): SqsAnswer | undefined;
  stop(): void;
};

type Task = {
  handle: string;
  sourceArn: string;
  sourceUrl: string;
  destinationArn: string;
  perSecond: number | undefined;
  startedAtMs: number;
  toMove: number;
  moved: number;
  status: 'RUNNING' | 'COMPLETED' | 'FAILED';
};

const startInput = z.object({
  SourceArn: z.string(),
  DestinationArn: z.string({ error: 'is needed here: fauxqs forgets where messages were' }),
  MaxNumberOfMessagesPerSecond: z.int().min(1).max(500).optional(),
});

const listInput = z.object({ SourceArn: z.string(), MaxResults: z.int().min(1).max(10).default(1) });

/** SQS remembers so many of a queue. */
const MOST_LISTED = 10;

/** Most messages of one receive. */
const BATCH = 10;

export const createMoveTasks = (queues: MovableQueues): MoveTasks => {
  let tasks: readonly Task[] = [];
  let isStopped = false;
  const start = (input: z.infer<typeof startInput>): SqsAnswer => {
    const source = queues.find(input.SourceArn);
    if (source === undefined) return missing('SourceArn');
    if (queues.find(input.DestinationArn) === undefined) return missing('DestinationArn');
    if (!queues.isDeadLetterQueue(input.SourceArn)) return notDeadLetters;
    if (tasks.some(({ sourceArn, status }) => sourceArn === input.SourceArn && status === 'RUNNING'))
      return runsAlready;
    const task: Task = {
      handle: randomUUID(),
      sourceArn: input.SourceArn,
      sourceUrl: source.url,
      destinationArn: input.DestinationArn,
      perSecond: input.MaxNumberOfMessagesPerSecond,
      startedAtMs: Date.now(),
      toMove: source.visible,
      moved: 0,
      status: 'RUNNING',
    };
    tasks = [task, ...tasks];
    void run(queues, task, () => isStopped);
    return { status: 200, body: { TaskHandle: task.handle } };
  };
  const list = ({ SourceArn, MaxResults }: z.infer<typeof listInput>): SqsAnswer => {
    if (queues.find(SourceArn) === undefined) return missing('SourceArn');
    const found = tasks.filter(({ sourceArn }) => sourceArn === SourceArn).slice(0, MOST_LISTED);
    return { status: 200, body: { Results: found.slice(0, MaxResults).map(listed) } };
  };
  return {
    answer: (action, input) => {
      if (action === 'StartMessageMoveTask') return parsed(startInput, input, start);
      return action === 'ListMessageMoveTasks' ? parsed(listInput, input, list) : undefined;
    },
    stop: () => {
      isStopped = true;
    },
  };
};

const parsed = <Input>(
  schema: z.ZodType<Input>,
  input: unknown,
  answer: (input: Input) => SqsAnswer,
): SqsAnswer => {
  const read = schema.safeParse(input);
  return read.success ? answer(read.data) : refusal('InvalidParameterValue', z.prettifyError(read.error));
};

const refusal = (type: string, message: string): SqsAnswer => ({
  status: 400,
  body: { __type: `com.amazonaws.sqs#${type}`, message },
});

const missing = (parameter: string): SqsAnswer =>
  refusal('ResourceNotFoundException', `The resource that you specified for ${parameter} doesn't exist.`);

const notDeadLetters = refusal(
  'InvalidParameterValue',
  'Source queue must be configured as a Dead Letter Queue.',
);

const runsAlready = refusal(
  'InvalidParameterValue',
  'There is already a task running. Only one active task is allowed for a source queue at a given time.',
);

/** Moves as many messages as were visible when it began: what comes after that is for another task. */
const run = async (queues: MovableQueues, task: Task, isStopped: () => boolean): Promise<void> => {
  try {
    while (task.moved < task.toMove && !isStopped()) {
      const max = task.perSecond === undefined ? Math.min(BATCH, task.toMove - task.moved) : 1;
      const messages = await queues.client.receive(task.sourceUrl, { max, waitSeconds: 0 });
      if (messages.length === 0) break;
      for (const message of messages) queues.send(task.destinationArn, message);
      await queues.client.delete(
        task.sourceUrl,
        messages.map(({ ReceiptHandle }) => ReceiptHandle),
      );
      task.moved += messages.length;
      if (task.perSecond !== undefined) await sleep(1_000 / task.perSecond, undefined, { ref: false });
    }
    task.status = 'COMPLETED';
  } catch {
    task.status = 'FAILED';
  }
};

/** Only a task that runs has a handle to cancel it by. */
const listed = (task: Task) => ({
  ...(task.status === 'RUNNING' && { TaskHandle: task.handle }),
  Status: task.status,
  SourceArn: task.sourceArn,
  DestinationArn: task.destinationArn,
  ...(task.perSecond !== undefined && { MaxNumberOfMessagesPerSecond: task.perSecond }),
  ApproximateNumberOfMessagesMoved: task.moved,
  ApproximateNumberOfMessagesToMove: task.toMove,
  StartedTimestamp: task.startedAtMs,
  ...(task.status === 'FAILED' && { FailureReason: 'AWS.SimpleQueueService.NonExistentQueue' }),
});
