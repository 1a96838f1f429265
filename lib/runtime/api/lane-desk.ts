import type { ListMessageMoveTasksResultEntry } from '@aws-sdk/client-sqs';
import type { LaneName } from '../../pipeline/job/lane.ts';
import { bounded } from '../aws-client.ts';
import { createLazySqs, type Sqs } from '../lazy-sqs.ts';
import { isPassing, withRetries } from '../retry.ts';
import { type DeadLetter, readDeadLetter } from './dead-letter.ts';
import { REQUEST_RETRY_MS } from './request-retry.ts';

/** Approximate, as SQS counts. `move`: the last one that was asked for. */
export type LaneSight = {
  waiting: number;
  inFlight: number;
  delayed: number;
  deadLetters: number;
  move?: Move;
};

/** A move of all dead letters by SQS itself. `failure`: a word of SQS. */
export type Move = { state: string; moved: number; toMove: number; startedAtMs: number; failure?: string };

/** What operators do with lanes and their dead letters. Rejects when SQS does not answer. */
export type LaneDesk = {
  look(lane: LaneName): Promise<LaneSight>;
  /** Up to ten dead letters, hidden from others for `HIDDEN_SECONDS`; none when there are no more. */
  receive(lane: LaneName): Promise<readonly DeadLetter[]>;
  remove(lane: LaneName, letter: DeadLetter): Promise<void>;
  /** Makes up to ten dead letters visible again. Tried once: they come back by themselves. */
  putBack(lane: LaneName, letters: readonly DeadLetter[]): Promise<void>;
  /** Has SQS move all dead letters to the lane. `running`: it is at it already. */
  moveAll(lane: LaneName): Promise<'started' | 'running'>;
};

export type LaneUrls = Readonly<Record<LaneName, { lane: string; deadLetters: string }>>;

/** URLs as the environment of a function has them. */
export type LaneVariables = Readonly<
  Record<`${Uppercase<LaneName>}_${'QUEUE' | 'DEAD_LETTERS'}_URL`, string>
>;

export const laneUrlsOf = (settings: LaneVariables): LaneUrls => ({
  critical: { lane: settings.CRITICAL_QUEUE_URL, deadLetters: settings.CRITICAL_DEAD_LETTERS_URL },
  high: { lane: settings.HIGH_QUEUE_URL, deadLetters: settings.HIGH_DEAD_LETTERS_URL },
  medium: { lane: settings.MEDIUM_QUEUE_URL, deadLetters: settings.MEDIUM_DEAD_LETTERS_URL },
  low: { lane: settings.LOW_QUEUE_URL, deadLetters: settings.LOW_DEAD_LETTERS_URL },
});

/** Longer than any invocation that looks through them, so that none sees a letter twice. */
const HIDDEN_SECONDS = 120;

/** A receive without waiting asks some of SQS's servers and may find nothing where there is something. */
const WAIT_SECONDS = 1;

/** A move that was in the way may have ended when it is asked for: then there is room for this one. */
const MOST_STARTS = 3;

/** Most entries of a batch call. */
export const BATCH = 10;

export const createLaneDesk = (urls: LaneUrls): LaneDesk => {
  const sqs = createLazySqs();
  const ask = async <Result>(call: (sqs: Sqs) => Promise<Result>): Promise<Result> => {
    const loaded = await sqs();
    return withRetries(REQUEST_RETRY_MS, () => call(loaded));
  };
  const attributes = async (QueueUrl: string) => {
    const { Attributes = {} } = await ask(({ client, commands }) =>
      client.send(
        new commands.GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...ATTRIBUTES] }),
        bounded(),
      ),
    );
    return Attributes;
  };
  const arn = async (url: string) => (await attributes(url)).QueueArn ?? '';
  const lastMoveOf = async (SourceArn: string) => {
    const { Results: [last] = [] } = await ask(({ client, commands }) =>
      client.send(new commands.ListMessageMoveTasksCommand({ SourceArn, MaxResults: 1 }), bounded()),
    );
    return last && moveOf(last);
  };
  return {
    look: async (lane) => {
      const [queue, letters] = await Promise.all([
        attributes(urls[lane].lane),
        attributes(urls[lane].deadLetters),
      ]);
      const move = await lastMoveOf(letters.QueueArn ?? '');
      return { ...countsOf(queue, letters), ...(move && { move }) };
    },
    receive: async (lane) => {
      const { Messages = [] } = await ask(({ client, commands }) =>
        client.send(new commands.ReceiveMessageCommand(receiveFrom(urls[lane].deadLetters)), bounded()),
      );
      return Messages.map(readDeadLetter);
    },
    remove: async (lane, { receipt: ReceiptHandle }) => {
      const QueueUrl = urls[lane].deadLetters;
      await ask(({ client, commands }) =>
        client.send(new commands.DeleteMessageCommand({ QueueUrl, ReceiptHandle }), bounded()),
      );
    },
    putBack: async (lane, letters) => {
      const change = { QueueUrl: urls[lane].deadLetters, Entries: letters.map(toVisible) };
      const { client, commands } = await sqs();
      await client.send(new commands.ChangeMessageVisibilityBatchCommand(change), bounded());
    },
    moveAll: async (lane) => {
      const [SourceArn, DestinationArn] = await Promise.all([
        arn(urls[lane].deadLetters),
        arn(urls[lane].lane), // named, because SQS knows no source of what workers have set aside
      ]);
      const { client, commands } = await sqs();
      const start = new commands.StartMessageMoveTaskCommand({ SourceArn, DestinationArn });
      return startMove({
        start: () => client.send(start, bounded()),
        isRunning: async () => (await lastMoveOf(SourceArn))?.state === 'RUNNING',
      });
    },
  };
};

type MoveCalls = { start(): Promise<unknown>; isRunning(): Promise<boolean> };

/** SQS has no error of its own for a move that is in the way: what runs is asked for. */
const startMove = async (
  { start, isRunning }: MoveCalls,
  starts = MOST_STARTS,
): Promise<'started' | 'running'> => {
  try {
    await start();
    return 'started';
  } catch (error) {
    if (isPassing(error)) throw error;
    if (await isRunning()) return 'running';
    if (starts === 1) throw error;
    return startMove({ start, isRunning }, starts - 1);
  }
};

const ATTRIBUTES = [
  'QueueArn',
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

type Attributes = Partial<Record<string, string>>;

const countsOf = (queue: Attributes, letters: Attributes) => ({
  waiting: Number(queue.ApproximateNumberOfMessages),
  inFlight: Number(queue.ApproximateNumberOfMessagesNotVisible),
  delayed: Number(queue.ApproximateNumberOfMessagesDelayed),
  deadLetters:
    Number(letters.ApproximateNumberOfMessages) + Number(letters.ApproximateNumberOfMessagesNotVisible),
});

const receiveFrom = (QueueUrl: string) => ({
  QueueUrl,
  MaxNumberOfMessages: BATCH,
  VisibilityTimeout: HIDDEN_SECONDS,
  WaitTimeSeconds: WAIT_SECONDS,
  MessageAttributeNames: ['reason', 'sourceMessageId', 'traceparent', 'correlationId'],
  MessageSystemAttributeNames: ['SentTimestamp' as const],
});

const toVisible = ({ receipt }: DeadLetter, index: number) => ({
  Id: String(index),
  ReceiptHandle: receipt,
  VisibilityTimeout: 0,
});

const moveOf = (entry: ListMessageMoveTasksResultEntry): Move => ({
  state: entry.Status ?? '',
  moved: entry.ApproximateNumberOfMessagesMoved ?? 0,
  toMove: entry.ApproximateNumberOfMessagesToMove ?? 0,
  startedAtMs: entry.StartedTimestamp ?? 0,
  ...(entry.FailureReason !== undefined && { failure: entry.FailureReason }),
});
