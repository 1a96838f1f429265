import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { backoffMs } from '../pipeline/backoff.ts';
import { LEAST_RERUN_MS } from '../pipeline/dispatch/deadline.ts';
import { endOfOutcome } from '../pipeline/dispatch/end-of-outcome.ts';
import { type Delivery, type LastRungs, processJob } from '../pipeline/dispatch/process-job.ts';
import type { RunPorts } from '../pipeline/dispatch/run.ts';
import { LONGEST_DELAY_SECONDS } from '../pipeline/dispatch/timeout-lattice.ts';
import type { EndedJob } from '../pipeline/job/completion-event.ts';
import type { ReceivedJob } from '../pipeline/job/job.ts';
import type { Rejection } from '../pipeline/job/job-message.ts';
import type { LaneName } from '../pipeline/job/lane.ts';
import type { ServiceTier } from '../pipeline/model/model.ts';
import type { LedgerEntry } from '../pipeline/money/ledger.ts';
import { entriesOfOutcome } from '../pipeline/money/outcome-entries.ts';
import type { Deliveries } from './dynamodb-deliveries.ts';
import { jobFromRecord } from './job-from-record.ts';
import type { LedgerBook } from './ledger/ledger-book.ts';
import { createLimiter } from './limiter.ts';
import type { Results } from './sns-results.ts';
import type { SourceQueue } from './source-queue.ts';
import { DatabaseUnavailable } from './store-guard.ts';
import type { Telemetry } from './telemetry.ts';

export type SqsWorkerParts = {
  ports: RunPorts;
  queue: SourceQueue;
  ledger: LedgerBook;
  results: Results;
  deliveries: Pick<Deliveries, 'delivered'>;
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

/** What must be out of the worker before a message is acknowledged: its calls in the ledger, and the news of its job's end. */
type Debt = { entries: readonly LedgerEntry[]; end: EndedJob | undefined };
type Owed = Map<SQSRecord, Debt>;

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
    const told = parts.deliveries.delivered(parts.lane, oldestOf(event));
    const limit = createLimiter(parts.parallelism);
    const returns: Return[] = [];
    const owed: Owed = new Map();
    const reads = new Map(event.Records.map((record) => [record, jobFromRecord(record, parts)]));
    const jobsDone = latch([...reads.values()].filter(({ kind }) => kind === 'job').length);
    const owing = jobsDone.all.then(() => settle(parts, owed, context));
    const fateOf = async (record: SQSRecord): Promise<Fate> => {
      const read = reads.get(record) ?? jobFromRecord(record, parts);
      if (read.kind === 'job')
        return limit(() => deliver(parts, record, read.job, { context, owed })).finally(jobsDone.down);
      await owing;
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
    const unsettled = withoutFailures(await owing, response);
    returns.push(...unsettled.map((record) => returnAfterError(parts, record)));
    await Promise.all([told, defer(parts, returns, event)]);
    parts.telemetry.flush();
    const again = unsettled.map(({ messageId }) => ({ itemIdentifier: messageId }));
    return { batchItemFailures: [...response.batchItemFailures, ...again] };
  };
};

const oldestOf = ({ Records }: SQSEvent): number =>
  Math.min(...Records.map(({ attributes }) => Number(attributes.SentTimestamp)));

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
 * Calls are in the ledger, or in the queue that leads to it, and events are published, before messages are acknowledged.
 * Resolves to those for which it is not so: they come back, and what is then a second delivery does it from the jobs' rows.
 */
const settle = async (parts: SqsWorkerParts, owed: Owed, context: Context): Promise<readonly SQSRecord[]> => {
  const remainingMs = context.getRemainingTimeInMillis();
  const [isBooked, out] = await Promise.all([
    enter(parts, owed, remainingMs),
    tell(parts, owed, remainingMs),
  ]);
  return [...owed]
    .filter(([, { entries, end }]) => (!isBooked && entries.length > 0) || (end && !out.has(end)))
    .map(([record]) => record);
};

const enter = async ({ ledger, telemetry }: SqsWorkerParts, owed: Owed, remainingMs: number) => {
  const booked = await ledger.enter(
    [...owed.values()].flatMap(({ entries }) => entries),
    remainingMs,
  );
  telemetry.booked(booked);
  return booked.kind !== 'lost';
};

/** A worker is paid for while it waits, and its messages come back in any case. In ms. */
const TELL_MS = 2_000;

/** Kept of an invocation for a last slow call and the answer to Lambda, in ms. */
const TELL_MARGIN_MS = 2_500;

const tell = async ({ results, telemetry }: SqsWorkerParts, owed: Owed, remainingMs: number) => {
  const ends = [...owed.values()].flatMap(({ end }) => end ?? []);
  if (ends.length === 0) return new Set<EndedJob>();
  const { out, error } = await results.tell(ends, Math.min(TELL_MS, remainingMs - TELL_MARGIN_MS));
  telemetry.untold(ends.length - out.size, error);
  return out;
};

/** Those of the messages that would be acknowledged. */
const withoutFailures = (
  records: readonly SQSRecord[],
  { batchItemFailures }: SQSBatchResponse,
): SQSRecord[] => {
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  return records.filter(({ messageId }) => !failed.has(messageId));
};

const returnAfterError = (parts: SqsWorkerParts, record: SQSRecord): Return => ({
  receiptHandle: record.receiptHandle,
  backAtMs: parts.ports.clock.now() + backAfterError(parts, record).delayMs,
});

const deliver = async (
  parts: SqsWorkerParts,
  record: SQSRecord,
  job: ReceivedJob,
  { context, owed }: { context: Context; owed: Owed },
): Promise<Fate> => {
  try {
    const startedAtMs = parts.ports.clock.now();
    const outcome = await processJob(parts.ports, job, deliveryOf(parts, record, context));
    owed.set(record, {
      entries: entriesOfOutcome(parts.ports, job, outcome),
      end: endOfOutcome(job, outcome),
    });
    parts.telemetry.outcome(job, record, outcome, startedAtMs);
    if (outcome.kind === 'unwritten') return backAfterError(parts, record);
    return outcome.kind === 'deferred' ? { kind: 'back', delayMs: outcome.delayMs } : { kind: 'done' };
  } catch (error) {
    const delayMs = delayAfterError(parts, record, job, error);
    parts.telemetry.deliveryError(record, error, { traceId: job.trace.traceId, delayMs });
    return { kind: 'back', delayMs };
  }
};

const delayAfterError = (
  parts: SqsWorkerParts,
  record: SQSRecord,
  job: ReceivedJob,
  error: unknown,
): number => {
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
