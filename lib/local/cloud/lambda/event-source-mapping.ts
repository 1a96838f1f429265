import { setTimeout as sleep } from 'node:timers/promises';
import type { MappingSpec } from '../assembly/deployment.ts';
import type { SqsClient, SqsMessage } from '../sqs/sqs-client.ts';
import type { Deliveries } from './deliveries.ts';
import type { DeliveryFaults, Duplicate } from './delivery-faults.ts';
import { type InvocationResult, isDead } from './execution-environment.ts';
import { keepPolling } from './keep-polling.ts';
import type { LambdaFunction } from './lambda.ts';
import { succeededMessages, toSqsEvent } from './sqs-event.ts';

export type MappingParts = {
  sqs: SqsClient;
  queueUrl: string;
  target: LambdaFunction;
  deliveries: Deliveries;
  faults: DeliveryFaults;
  /** Told of polls that failed. */
  onProblem(sentence: string): void;
};

export type EventSourceMapping = { stop(): Promise<void> };

/** Lambda's limit of an invocation payload, 6 MB, less what the event adds around the bodies. */
const MAX_BATCH_BYTES = 5_500_000;
/** SQS's longest wait, which Lambda's pollers use whatever the queue says. */
const LONG_POLL_SECONDS = 20;
/** How often a queue is asked in the last second of a batching window, which is too short for a long poll. */
const WINDOW_END_POLL_MS = 100;
const RETRY_PAUSE_MS = 1_000;
/** Lambda backs off from a throttled function and keeps trying; here for about as long as a batch stays hidden. */
const MAX_THROTTLED_TRIES = 150;

type Poller = MappingParts & {
  spec: MappingSpec;
  stopping: AbortController;
  busy: number;
  /** Called, and forgotten, whenever a batch is done. */
  waiting: (() => void)[];
};

/** Polls a queue and hands its messages to a function, never taking more than there are free places for. */
export const startEventSourceMapping = (parts: MappingParts, spec: MappingSpec): EventSourceMapping => {
  const poller: Poller = { ...parts, spec, stopping: new AbortController(), busy: 0, waiting: [] };
  const polling = keepPolling({
    signal: poller.stopping.signal,
    round: () => poll(poller),
    onProblem: (sentence) => poller.onProblem(`event source mapping: ${sentence}`),
  });
  return {
    stop: async () => {
      poller.stopping.abort();
      wakeAll(poller);
      poller.sqs.close();
      await polling;
    },
  };
};

const poll = async (poller: Poller): Promise<void> => {
  await freePlace(poller);
  await handOut(poller, await gather(poller));
};

const handOut = async (poller: Poller, received: readonly SqsMessage[]): Promise<void> => {
  const { messages, holdMs, duplicates } = poller.faults(received);
  for (const duplicate of duplicates) void deliverAgain(poller, duplicate);
  for (const batch of toBatches(messages, poller.spec.batchSize)) {
    await takePlace(poller);
    void handOver(poller, batch, holdMs());
  }
};

const freePlace = async (poller: Poller): Promise<void> => {
  while (isFull(poller)) await batchDone(poller);
};

/** No other may take the place between its getting free and its being taken. */
const takePlace = async (poller: Poller): Promise<void> => {
  while (isFull(poller)) await batchDone(poller);
  poller.busy += 1;
};

const isFull = ({ busy, spec, stopping }: Poller): boolean =>
  busy >= spec.concurrency && !stopping.signal.aborted;

const batchDone = ({ waiting }: Poller): Promise<void> => new Promise((resolve) => waiting.push(resolve));

const wakeAll = (poller: Poller): void => {
  for (const wake of poller.waiting.splice(0)) wake();
};

/** Without a batching window: one answer of the queue, for as many batches as may start now. */
const gather = async (poller: Poller): Promise<SqsMessage[]> => {
  const { sqs, queueUrl, spec } = poller;
  if (spec.windowMs > 0) return gatherWindow(poller);
  const places = Math.max(1, spec.concurrency - poller.busy); // a duplicate may just have taken the last one
  return sqs.receive(queueUrl, { max: places * spec.batchSize, waitSeconds: LONG_POLL_SECONDS });
};

/** With one: a batch, gathered until it is full or the window has passed since its first message. */
const gatherWindow = async ({ sqs, queueUrl, spec, stopping }: Poller): Promise<SqsMessage[]> => {
  const messages = await sqs.receive(queueUrl, { max: spec.batchSize, waitSeconds: LONG_POLL_SECONDS });
  const closesAtMs = Date.now() + spec.windowMs;
  while (messages.length > 0 && messages.length < spec.batchSize && !stopping.signal.aborted) {
    const leftMs = closesAtMs - Date.now();
    if (leftMs <= 0 || sizeOf(messages) >= MAX_BATCH_BYTES) break;
    const waitSeconds = Math.min(LONG_POLL_SECONDS, Math.floor(leftMs / 1000));
    if (waitSeconds === 0) await sleep(Math.min(leftMs, WINDOW_END_POLL_MS));
    messages.push(...(await sqs.receive(queueUrl, { max: spec.batchSize - messages.length, waitSeconds })));
  }
  return messages;
};

const sizeOf = (messages: readonly SqsMessage[]): number =>
  messages.reduce((bytes, { Body }) => bytes + Buffer.byteLength(Body), 0);

const toBatches = (messages: readonly SqsMessage[], batchSize: number): SqsMessage[][] => {
  const batches: SqsMessage[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const last = batches.at(-1);
    const messageBytes = sizeOf([message]);
    bytes += messageBytes;
    if (last !== undefined && last.length < batchSize && bytes <= MAX_BATCH_BYTES) {
      last.push(message);
    } else {
      batches.push([message]);
      bytes = messageBytes;
    }
  }
  return batches;
};

/** With places free, the first delivery starts first: this one waits for a turn of the event loop at least. */
const deliverAgain = async (poller: Poller, { message, afterMs }: Duplicate): Promise<void> => {
  await pause(poller, afterMs);
  await takePlace(poller);
  await handOver(poller, [message], 0);
};

const pause = (poller: Poller, ms: number): Promise<void> =>
  sleep(ms, undefined, { signal: poller.stopping.signal }).catch(() => undefined);

/** Gives back the place that was taken for it. */
const handOver = async (poller: Poller, batch: readonly SqsMessage[], holdMs: number): Promise<void> => {
  try {
    if (holdMs > 0) await pause(poller, holdMs);
    if (!poller.stopping.signal.aborted) await deliver(poller, batch);
  } catch (error) {
    // What could not be deleted comes back after its visibility timeout.
    if (!poller.stopping.signal.aborted)
      poller.onProblem(`event source mapping: ${error instanceof Error ? error.message : 'delete failed'}`);
  } finally {
    poller.busy -= 1;
    wakeAll(poller);
  }
};

const invokeWhenAllowed = async (poller: Poller, event: string): Promise<InvocationResult> => {
  let result = await poller.target.invoke(event);
  for (let tries = 1; result.kind === 'throttled' && tries < MAX_THROTTLED_TRIES; tries += 1) {
    await pause(poller, RETRY_PAUSE_MS);
    if (poller.stopping.signal.aborted) return result;
    result = await poller.target.invoke(event);
  }
  return result;
};

const deliver = async (poller: Poller, batch: readonly SqsMessage[]): Promise<void> => {
  const { sqs, queueUrl, spec, deliveries } = poller;
  deliveries.started(batch);
  const result = await invokeWhenAllowed(poller, toSqsEvent(batch, spec.queueArn));
  deliveries.ended(queueUrl, batch, isDead(result));
  if (result.kind !== 'returned') return;
  const done = spec.reportsItemFailures ? succeededMessages(result.payload, batch) : batch;
  const handles = done.map(({ ReceiptHandle }) => ReceiptHandle);
  if (handles.length > 0) await sqs.delete(queueUrl, handles);
};
