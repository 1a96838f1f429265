import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { backoffMs } from '../pipeline/backoff.ts';
import { LEAST_RERUN_MS } from '../pipeline/dispatch/deadline.ts';
import { type Delivery, type LastRungs, processJob } from '../pipeline/dispatch/process-job.ts';
import type { RunPorts } from '../pipeline/dispatch/run.ts';
import { LONGEST_DELAY_SECONDS } from '../pipeline/dispatch/timeout-lattice.ts';
import type { Job } from '../pipeline/job/job.ts';
import type { Rejection } from '../pipeline/job/job-message.ts';
import type { LaneName } from '../pipeline/job/lane.ts';
import type { ServiceTier } from '../pipeline/model/model.ts';
import type { LedgerEntry } from '../pipeline/money/ledger.ts';
import { entriesOfOutcome } from '../pipeline/money/outcome-entries.ts';
import { jobFromRecord } from './job-from-record.ts';
import type { LaneQueue } from './lane-queue.ts';
import type { LedgerBook } from './ledger/ledger-book.ts';
import { createLimiter } from './limiter.ts';
import { DatabaseUnavailable } from './store-guard.ts';
import type { Telemetry } from './telemetry.ts';

export type SqsWorkerParts = {
  ports: RunPorts;
  queue: LaneQueue;
  ledger: LedgerBook;
  telemetry: Telemetry;
  lane: LaneName;
  /** How many jobs of a batch are worked on at a time. */
  parallelism: number;
  /** How long a job without a deadline of its own may take from sending to result, in ms. */
  patienceMs: number;
  /** What must be left of an invocation to write results, in ms. */
  reserveMs: number;
  lastRungs: LastRungs;
  /** The service tier of the lane. */
  tier: ServiceTier;
  /** Receives after which SQS takes a message for poison. */
  maxReceives: number;
};

/** What becomes of a message: it is done (and may be deleted), or comes back after a while. */
type Fate = { kind: 'done' } | { kind: 'back'; delayMs: number };

/** What the messages of a batch have to enter in the ledger. */
type Owed = Map<SQSRecord, readonly LedgerEntry[]>;

/** A message that comes back, and when. */
type Return = { receiptHandle: string; backAtMs: number };

/** Waits after an error of ours or of the store: longer with every receive, so that an outage of hours costs few. */
const ERROR_BACKOFF = { baseMs: 5_000, ceilingMs: LONGEST_DELAY_SECONDS * 1000 };

/** Marks a record as not done, in Powertools' language. */
class NotDone extends Error {
  override name = 'NotDone';
}

/** Turns a batch of SQS records into jobs, and their outcomes into SQS's language: which messages come back, and when. */
export const createSqsWorker = (parts: SqsWorkerParts) => {
  const processor = new BatchProcessor(EventType.SQS);
  return async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    parts.telemetry.received(event.Records, parts.ports.clock.now());
    const limit = createLimiter(parts.parallelism);
    const returns: Return[] = [];
    const owed: Owed = new Map();
    const reads = new Map(event.Records.map((record) => [record, jobFromRecord(record, parts)]));
    const jobsDone = latch([...reads.values()].filter(({ kind }) => kind === 'job').length);
    const isBooked = jobsDone.all.then(() => enter(parts, owed, context));
    const fateOf = async (record: SQSRecord): Promise<Fate> => {
      const read = reads.get(record) ?? jobFromRecord(record, parts);
      if (read.kind === 'job')
        return limit(() => deliver(parts, record, read.job, { context, owed })).finally(jobsDone.down);
      await isBooked;
      return reject(parts, record, read.rejection);
    };
    const handle = async (record: SQSRecord) => {
      const fate = await fateOf(record);
      if (fate.kind === 'done') return;
      const backAtMs = parts.ports.clock.now() + fate.delayMs;
      returns.push({ receiptHandle: record.receiptHandle, backAtMs });
      throw new NotDone();
    };
    const response = await processPartialResponse(event, handle, processor, {
      context,
      throwOnFullBatchFailure: false, // a batch of one whose job comes back is no error of the function
    });
    const unbooked = (await isBooked) ? [] : withoutFailures(owed, response);
    returns.push(...unbooked.map((record) => returnAfterError(parts, record)));
    await defer(parts, returns, event);
    parts.telemetry.flush();
    const again = unbooked.map(({ messageId }) => ({ itemIdentifier: messageId }));
    return { batchItemFailures: [...response.batchItemFailures, ...again] };
  };
};

/** Opens when it has been counted down to zero. */
const latch = (count: number) => {
  const { promise: all, resolve } = Promise.withResolvers<void>();
  let left = count;
  if (left === 0) resolve();
  const down = () => {
    left -= 1;
    if (left === 0) resolve();
  };
  return { all, down };
};

/**
 * Calls are in the ledger, or in the queue that leads to it, before their messages are acknowledged. Whether they are;
 * if not, the messages come back, and what is then a second delivery enters them from the jobs' rows.
 */
const enter = async (
  { ledger, telemetry }: SqsWorkerParts,
  owed: Owed,
  context: Context,
): Promise<boolean> => {
  const booked = await ledger.enter([...owed.values()].flat(), context.getRemainingTimeInMillis());
  telemetry.booked(booked);
  return booked.kind !== 'lost';
};

/** The messages with calls that would be acknowledged. */
const withoutFailures = (owed: Owed, { batchItemFailures }: SQSBatchResponse): SQSRecord[] => {
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  return [...owed]
    .filter(([{ messageId }, entries]) => entries.length > 0 && !failed.has(messageId))
    .map(([record]) => record);
};

const returnAfterError = (parts: SqsWorkerParts, record: SQSRecord): Return => ({
  receiptHandle: record.receiptHandle,
  backAtMs: parts.ports.clock.now() + backAfterError(parts, record).delayMs,
});

const deliver = async (
  parts: SqsWorkerParts,
  record: SQSRecord,
  job: Job,
  { context, owed }: { context: Context; owed: Owed },
): Promise<Fate> => {
  try {
    const startedAtMs = parts.ports.clock.now();
    const outcome = await processJob(parts.ports, job, deliveryOf(parts, record, context));
    owed.set(record, entriesOfOutcome(parts.ports, job, outcome));
    parts.telemetry.outcome(job, record, outcome, startedAtMs);
    if (outcome.kind === 'unwritten') return backAfterError(parts, record);
    return outcome.kind === 'deferred' ? { kind: 'back', delayMs: outcome.delayMs } : { kind: 'done' };
  } catch (error) {
    const delayMs = delayAfterError(parts, record, job, error);
    parts.telemetry.deliveryError(record, error, { traceId: job.trace.traceId, delayMs });
    return { kind: 'back', delayMs };
  }
};

const delayAfterError = (parts: SqsWorkerParts, record: SQSRecord, job: Job, error: unknown): number => {
  const { delayMs } = backAfterError(parts, record);
  if (!(error instanceof DatabaseUnavailable)) return delayMs;
  const untilDeadlineMs = Math.max(job.deadlineAtMs - parts.ports.clock.now() - LEAST_RERUN_MS, 0);
  return Math.max(error.retryInMs, Math.min(error.retryInMs + delayMs, untilDeadlineMs));
};

/**
 * Moves a message that is no job. After the jobs of its batch, because the mapping deletes it only when the batch has
 * answered: the later the copy is made, the smaller the chance that a dying worker leaves two of them.
 */
const reject = async (parts: SqsWorkerParts, record: SQSRecord, rejection: Rejection): Promise<Fate> => {
  try {
    await parts.queue.reject(record, rejection);
    parts.telemetry.rejected(record, rejection);
    return { kind: 'done' };
  } catch (error) {
    const fate = backAfterError(parts, record);
    parts.telemetry.deliveryError(record, error, { delayMs: fate.delayMs });
    return fate;
  }
};

const backAfterError = ({ ports }: SqsWorkerParts, record: SQSRecord) => ({
  kind: 'back' as const,
  delayMs: backoffMs(receivesOf(record), ERROR_BACKOFF, ports.chance.random),
});

const deliveryOf = (
  { reserveMs, lastRungs, tier, maxReceives }: SqsWorkerParts,
  record: SQSRecord,
  context: Context,
): Delivery => ({
  receives: receivesOf(record),
  receivesLeft: maxReceives - receivesOf(record),
  remainingMs: () => context.getRemainingTimeInMillis(),
  reserveMs,
  lastRungs,
  tier,
});

const receivesOf = (record: SQSRecord): number => Number(record.attributes.ApproximateReceiveCount);

/**
 * A delay counts from the job's own end, not from that of its batch. Failing to set one loses nothing: the message
 * comes back after the lane's visibility timeout.
 */
const defer = async (parts: SqsWorkerParts, returns: readonly Return[], event: SQSEvent): Promise<void> => {
  const [first] = event.Records;
  if (returns.length === 0 || first === undefined) return;
  const nowMs = parts.ports.clock.now();
  const deferrals = returns.map(({ receiptHandle, backAtMs }) => ({
    receiptHandle,
    delayMs: Math.max(backAtMs - nowMs, 0),
  }));
  try {
    parts.telemetry.returnsRefused(await parts.queue.defer(deferrals));
  } catch (error) {
    parts.telemetry.deliveryError(first, error);
  }
};
