import { createHash, randomBytes } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import type { Trace } from '../pipeline/job/job.ts';

/** https://www.w3.org/TR/trace-context/#traceparent-header, version 00. */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

/**
 * Continues the producer's trace (message attribute `traceparent`) with a span of our own, or starts one, the same for
 * every delivery of the message: what a worker has called that then died must be found by the next one's trace. The
 * producer's `correlationId` is kept as it is; without one the trace id serves.
 */
export const traceOf = (record: SQSRecord): Trace => {
  const [, traceId = traceIdOf(record), flags = '01'] =
    TRACEPARENT.exec(attribute(record, 'traceparent')) ?? [];
  return {
    traceId,
    traceparent: `00-${traceId}-${hex(8)}-${flags}`,
    correlationId: attribute(record, 'correlationId').slice(0, 128).toWellFormed() || traceId,
  };
};

const attribute = (record: SQSRecord, name: string): string =>
  record.messageAttributes[name]?.stringValue ?? '';

/** As good as a random one: SQS's message ids are. */
const traceIdOf = ({ messageId }: SQSRecord): string =>
  createHash('sha256').update(messageId).digest('hex').slice(0, 32);

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
