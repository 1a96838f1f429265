import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Aggregator } from '../pipeline/alerts/aggregator.ts';
import { type AlertMessage, readAlertMessage } from '../pipeline/alerts/alert-message.ts';
import type { AlertTelemetry } from './alert-telemetry.ts';
import type { DeadLetters } from './dead-letters.ts';

export type AlertWorkerParts = {
  aggregator: Aggregator;
  queue: DeadLetters;
  telemetry: AlertTelemetry;
};

/** A batch of the alerts queue, or the schedule, whose event has no records. */
export type AlertEvent = SQSEvent | { Records?: undefined };

type Read = { record: SQSRecord; message: AlertMessage };

/** Takes batches of alerts and notes to oneself, and looks at every group when the schedule says so. */
export const createAlertWorker =
  (parts: AlertWorkerParts) =>
  async (event: AlertEvent): Promise<SQSBatchResponse> => {
    try {
      if (event.Records === undefined) return await sweep(parts);
      return await takeBatch(parts, event.Records.map(read));
    } finally {
      parts.telemetry.flush();
    }
  };

/** A sweep that fails shows as an error of the function; the next one is a minute away. */
const sweep = async ({ aggregator, telemetry }: AlertWorkerParts): Promise<SQSBatchResponse> => {
  await aggregator.sweep();
  telemetry.beat();
  return { batchItemFailures: [] };
};

const read = (record: SQSRecord): Read => ({
  record,
  message: readAlertMessage(record.body, Number(record.attributes.SentTimestamp)),
});

/** Each part of a batch fails by itself: what is not done comes back after the queue's visibility timeout. */
const takeBatch = async (parts: AlertWorkerParts, reads: readonly Read[]): Promise<SQSBatchResponse> => {
  const { aggregator, telemetry } = parts;
  const alerts = reads.flatMap(({ message }) => (message.kind === 'alert' ? [message.alert] : []));
  const flushes = reads.flatMap(({ message }) => (message.kind === 'flush' ? [message.flush] : []));
  telemetry.received(alerts.length);
  const failures = [
    ...(await failuresOf(parts, reads, 'alert', () => aggregator.take(alerts))),
    ...(await failuresOf(parts, reads, 'flush', () => aggregator.flush(flushes))),
    ...(await rejectAll(parts, reads)),
  ];
  return { batchItemFailures: failures.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};

const failuresOf = async (
  { telemetry }: AlertWorkerParts,
  reads: readonly Read[],
  kind: AlertMessage['kind'],
  handle: () => Promise<unknown>,
): Promise<readonly SQSRecord[]> => {
  const records = reads.filter(({ message }) => message.kind === kind).map(({ record }) => record);
  if (records.length === 0) return [];
  try {
    await handle();
    return [];
  } catch (error) {
    telemetry.fault(error);
    return records;
  }
};

const rejectAll = async (
  { queue, telemetry }: AlertWorkerParts,
  reads: readonly Read[],
): Promise<readonly SQSRecord[]> => {
  const failures: SQSRecord[] = [];
  for (const { record, message } of reads) {
    if (message.kind !== 'rejected') continue;
    try {
      await queue.reject(record, { reason: message.reason });
      telemetry.rejected(record, message.reason);
    } catch (error) {
      telemetry.fault(error);
      failures.push(record);
    }
  }
  return failures;
};
