import { createHash, randomBytes } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import type { Trace } from '../pipeline/job/job.ts';

/** https://www.w3.org/TR/trace-context/#traceparent-header, version 00. */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

/** What a producer may send along with a job, '' for what it did not. `seed` stands for the job where there is no trace. */
type Arrival = { traceparent: string; correlationId: string; seed: string };

/**
 * Continues the producer's trace with a span of our own, or starts one, the same for the same seed: what a worker has
 * called that then died must be found by the next one's trace. The producer's `correlationId` is kept as it is; without
 * one the trace id serves.
 */
export const continueTrace = ({ traceparent, correlationId, seed }: Arrival): Trace => {
  const [, traceId = traceIdOf(seed), flags = '01'] = TRACEPARENT.exec(traceparent) ?? [];
  return {
    traceId,
    traceparent: `00-${traceId}-${hex(8)}-${flags}`,
    correlationId: correlationId.slice(0, 128).toWellFormed() || traceId,
  };
};

/** The trace of a message: its attributes `traceparent` and `correlationId`, and for every delivery the same. */
export const traceOf = (record: SQSRecord): Trace =>
  continueTrace({
    traceparent: attribute(record, 'traceparent'),
    correlationId: attribute(record, 'correlationId'),
    seed: record.messageId,
  });

const attribute = (record: SQSRecord, name: string): string =>
  record.messageAttributes[name]?.stringValue ?? '';

/** As good as a random one: SQS's message ids are, and so are job ids with their tenants. */
const traceIdOf = (seed: string): string => createHash('sha256').update(seed).digest('hex').slice(0, 32);

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
