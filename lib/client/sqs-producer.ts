import type { SQSClient } from '@aws-sdk/client-sqs';
import { type LaneName, laneNames } from '../pipeline/job/lane.ts';
import { createBatchSender, type Delivery, UNTOLD } from './batch-sender.ts';
import { batchesOf } from './batches.ts';
import { type JobToSend, type Outgoing, outgoingOf, type Refused } from './outgoing.ts';

/** Sends jobs to the lanes of a stage. */
export type SqsProducer = {
  /**
   * Sends each job to the lane of its `priority`. Resolves to what became of each, in the order given; never rejects.
   * What SQS has not taken when the signal aborts comes back as failed.
   */
  send(jobs: readonly JobToSend[], signal?: AbortSignal): Promise<SendResult[]>;
};

export type { JobToSend } from './outgoing.ts';

export type SendResult =
  /** The job is durable, and ends once under this id. */
  | { kind: 'sent'; jobId: string; messageId: string }
  /** It is no job, and was not sent. */
  | Refused
  /**
   * SQS did not say that it took the job, in five tries or at all; `code` names the last error. A reply may have been
   * lost: send the job again under this id, and it is the same job.
   */
  | { kind: 'failed'; jobId: string; code: string };

export type SqsProducerOptions = {
  /** Let it repeat nothing (`maxAttempts: 1`): the producer does, message by message. */
  sqs: SQSClient;
  stage: string;
  /** What the waits between tries are drawn from, 0 to 1. Default: Math.random. */
  random?: () => number;
};

export const createSqsProducer = ({ sqs, stage, random = Math.random }: SqsProducerOptions): SqsProducer => {
  const sendBatch = createBatchSender(sqs, stage, random);
  const sendLane = async (lane: LaneName, messages: readonly Outgoing[], signal: AbortSignal) => {
    const deliveries: [Outgoing, Delivery][] = [];
    for (const batch of batchesOf(messages)) deliveries.push(...(await sendBatch(lane, batch, signal)));
    return deliveries;
  };
  return {
    send: async (jobs, signal = new AbortController().signal) => {
      const read = jobs.map(outgoingOf);
      const outgoing = read.filter(isOutgoing);
      const ofLane = (name: LaneName) => outgoing.filter(({ lane }) => lane === name);
      const lanes = laneNames.map((name) => sendLane(name, ofLane(name), signal));
      const deliveries = new Map((await Promise.all(lanes)).flat());
      return read.map((one) => (one.kind === 'refused' ? one : resultOf(one, deliveries.get(one))));
    },
  };
};

const isOutgoing = (one: Outgoing | Refused): one is Outgoing => one.kind === 'outgoing';

const resultOf = ({ jobId }: Outgoing, delivery: Delivery = UNTOLD): SendResult =>
  delivery.kind === 'sent'
    ? { kind: 'sent', jobId, messageId: delivery.messageId }
    : { kind: 'failed', jobId, code: delivery.code };
