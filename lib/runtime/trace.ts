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
    correlationId: correlationIdIn(correlationId) || traceId,
  };
};

/** The trace of a message: its attributes `traceparent` and `correlationId`, and for every delivery the same. */
export const traceOf = (record: SQSRecord): Trace =>
  continueTrace({
    traceparent: attribute(record, 'traceparent'),
    correlationId: attribute(record, 'correlationId'),
    seed: record.messageId,
  });

/** Whether a text is a W3C trace context that is continued; any other is passed over, as the standard asks. */
export const isTraceparent = (text: string): boolean => TRACEPARENT.test(text);

/** Begins a trace that is sampled. */
export const newTraceparent = (): string => `00-${hex(16)}-${hex(8)}-01`;

/** What is kept of a correlation id: 128 characters. */
export const correlationIdIn = (text: string): string => text.slice(0, 128).toWellFormed();

const attribute = (record: SQSRecord, name: string): string =>
  record.messageAttributes[name]?.stringValue ?? '';

/** As good as a random one: SQS's message ids are, and so are job ids with their tenants. */
const traceIdOf = (seed: string): string => createHash('sha256').update(seed).digest('hex').slice(0, 32);

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
