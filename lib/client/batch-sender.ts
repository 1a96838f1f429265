import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetQueueUrlCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SendMessageBatchResult,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { backoffMs } from '../pipeline/backoff.ts';
import type { LaneName } from '../pipeline/job/lane.ts';
import { isPassing } from '../runtime/retry.ts';
import type { Outgoing } from './outgoing.ts';

/** What became of a message. `code` names the error; `passing`: the same may well succeed a moment later. */
export type Delivery =
  | { kind: 'sent'; messageId: string }
  | { kind: 'failed'; code: string; passing: boolean };

type Deliveries = ReadonlyMap<Outgoing, Delivery>;

/** Sends what SQS takes as one batch to a lane, and what fails in passing again. Never rejects. */
export type BatchSender = (
  lane: LaneName,
  batch: readonly Outgoing[],
  signal: AbortSignal,
) => Promise<Deliveries>;

const MAX_TRIES = 5;
/** Waits of up to 0.2, 0.4, 0.8 and 1.6 s. */
const BACKOFF = { baseMs: 100, ceilingMs: 2_000 };
/** How long one try may take, in ms: 1 MiB at 1 Mbit/s, and a little. */
const TRY_MS = 10_000;

export const createBatchSender = (sqs: SQSClient, stage: string, random: () => number): BatchSender => {
  const tryOnce = createTry(sqs, stage);
  return async (lane, batch, signal) => {
    const deliveries = new Map<Outgoing, Delivery>();
    let open = batch;
    for (let tries = 1; ; tries += 1) {
      const tried = await tryOnce(lane, open, AbortSignal.any([signal, AbortSignal.timeout(TRY_MS)]));
      for (const [message, delivery] of tried) deliveries.set(message, delivery);
      open = open.filter((message) => failedInPassing(tried.get(message)));
      if (open.length === 0 || tries === MAX_TRIES || signal.aborted) return deliveries;
      await sleep(backoffMs(tries, BACKOFF, random), undefined, { signal }).catch(() => undefined);
    }
  };
};

const failedInPassing = (delivery: Delivery | undefined): boolean =>
  delivery?.kind === 'failed' && delivery.passing;

const createTry = (sqs: SQSClient, stage: string): BatchSender => {
  const urlOf = createQueueUrls(sqs, stage);
  return async (lane, batch, abortSignal) => {
    try {
      const command = new SendMessageBatchCommand({
        QueueUrl: await urlOf(lane, abortSignal),
        Entries: batch.map(entryOf),
      });
      const told = deliveriesById(await sqs.send(command, { abortSignal }));
      return new Map(batch.map((message, index) => [message, told.get(String(index)) ?? UNTOLD]));
    } catch (error) {
      const failed: Delivery = { kind: 'failed', code: codeOf(error), passing: isPassing(error) };
      return new Map(batch.map((message) => [message, failed]));
    }
  };
};

/** The URLs of a stage's lanes, each looked up once. */
const createQueueUrls = (sqs: SQSClient, stage: string) => {
  const urls = new Map<LaneName, string>();
  return async (lane: LaneName, abortSignal: AbortSignal): Promise<string> => {
    const known = urls.get(lane);
    if (known !== undefined) return known;
    const command = new GetQueueUrlCommand({ QueueName: `relay-${stage}-${lane}` });
    const { QueueUrl = '' } = await sqs.send(command, { abortSignal });
    urls.set(lane, QueueUrl);
    return QueueUrl;
  };
};

const entryOf = ({ body, attributes }: Outgoing, index: number): SendMessageBatchRequestEntry => ({
  Id: String(index),
  MessageBody: body,
  MessageAttributes: attributes,
});

const deliveriesById = ({ Successful = [], Failed = [] }: SendMessageBatchResult) =>
  new Map<string | undefined, Delivery>([
    ...Successful.map(({ Id, MessageId = '' }) => [Id, { kind: 'sent', messageId: MessageId }] as const),
    ...Failed.map(
      ({ Id, Code = 'unknown', SenderFault = false }) =>
        [Id, { kind: 'failed', code: Code, passing: !SenderFault }] as const,
    ),
  ]);

/** A message of which no reply speaks. */
export const UNTOLD: Delivery = { kind: 'failed', code: 'unknown', passing: true };

/** An error's message may quote the request. */
const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
};
