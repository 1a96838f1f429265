import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { LaneName } from '../pipeline/lane.ts';
import { type Invocation, type ProcessJobPorts, processJob } from '../pipeline/process-job.ts';
import { jobFromRecord } from './job-from-record.ts';
import type { Deferral, LaneQueue } from './lane-queue.ts';
import { createLimiter } from './limiter.ts';
import type { Telemetry } from './telemetry.ts';

export type SqsWorkerParts = {
  ports: ProcessJobPorts;
  queue: LaneQueue;
  telemetry: Telemetry;
  lane: LaneName;
  /** How many jobs of a batch are worked on at a time. */
  parallelism: number;
  /** How long a job without a deadline of its own may take from sending to result, in ms. */
  patienceMs: number;
  /** What must be left of an invocation to write results, in ms. */
  reserveMs: number;
};

/** What one delivery comes to: done (the message may be deleted), or to come back after a while. */
type Delivery = { kind: 'done' } | { kind: 'back'; delayMs: number };

/** How long a message waits after an error of ours or of the store, in ms: long enough for a failover of DynamoDB. */
const DELAY_AFTER_ERROR_MS = 30_000;

/** Marks a record as not done, in Powertools' language. */
class NotDone extends Error {
  override name = 'NotDone';
}

/** Turns a batch of SQS records into jobs, and their outcomes into SQS's language: which messages come back, and when. */
export const createSqsWorker = (parts: SqsWorkerParts) => {
  const processor = new BatchProcessor(EventType.SQS);
  return async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const limit = createLimiter(parts.parallelism);
    const deferrals: Deferral[] = [];
    const handle = async (record: SQSRecord) => {
      const delivery = await limit(() => deliver(parts, record, context));
      if (delivery.kind === 'done') return;
      const { receiptHandle, messageId } = record;
      deferrals.push({ receiptHandle, messageId, delayMs: delivery.delayMs });
      throw new NotDone();
    };
    const response = await processPartialResponse(event, handle, processor, {
      context,
      throwOnFullBatchFailure: false, // a batch of one whose job comes back is no error of the function
    });
    await defer(parts, deferrals, event);
    parts.telemetry.flush();
    return response;
  };
};

const deliver = async (parts: SqsWorkerParts, record: SQSRecord, context: Context): Promise<Delivery> => {
  try {
    const read = jobFromRecord(record, parts);
    if (read.kind === 'rejected') {
      await parts.queue.reject(record, read.rejection);
      parts.telemetry.rejected(record, read.rejection);
      return { kind: 'done' };
    }
    const startedAtMs = parts.ports.clock.now();
    const outcome = await processJob(parts.ports, read.job, invocationOf(parts, context));
    parts.telemetry.outcome(read.job, record, outcome, startedAtMs);
    return outcome.kind === 'deferred' ? { kind: 'back', delayMs: outcome.delayMs } : { kind: 'done' };
  } catch (error) {
    parts.telemetry.deliveryError(record, error);
    return { kind: 'back', delayMs: DELAY_AFTER_ERROR_MS };
  }
};

const invocationOf = ({ reserveMs }: SqsWorkerParts, context: Context): Invocation => ({
  remainingMs: () => context.getRemainingTimeInMillis(),
  reserveMs,
});

/** Failing to set a delay loses nothing: the messages come back after the lane's visibility timeout. */
const defer = async (
  parts: SqsWorkerParts,
  deferrals: readonly Deferral[],
  event: SQSEvent,
): Promise<void> => {
  const [first] = event.Records;
  if (deferrals.length === 0 || first === undefined) return;
  await parts.queue.defer(deferrals).catch((error: unknown) => parts.telemetry.deliveryError(first, error));
};
