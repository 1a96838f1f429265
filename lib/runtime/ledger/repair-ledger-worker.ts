import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { jsonText } from '../../pipeline/json-text.ts';
import { awsClient } from '../aws-client.ts';
import { createDeadLetters, type DeadLetters } from '../dead-letters.ts';
import { createLazySqs } from '../lazy-sqs.ts';
import { createStageTelemetry, type StageTelemetry } from '../stage-telemetry.ts';
import { systemClock } from '../system-clock.ts';
import { ledgerEntry } from './ledger-row.ts';
import { createLedgerTable, type LedgerTable } from './ledger-table.ts';

/** What the function `repair-ledger` is told by its environment. */
type Settings = {
  LEDGER_TABLE: string;
  TOTALS_TABLE: string;
  DEAD_LETTER_QUEUE_URL: string;
  LEDGER_RETENTION_SECONDS: number;
  METRICS_NAMESPACE: string;
};

/** Puts the worker together. */
export const createRepairLedgerWorker = (settings: Settings) =>
  createLedgerRepair(
    createLedgerTable({
      client: new DynamoDBClient(awsClient),
      ledgerTable: settings.LEDGER_TABLE,
      totalsTable: settings.TOTALS_TABLE,
      retentionSeconds: settings.LEDGER_RETENTION_SECONDS,
      now: systemClock.now,
    }),
    createDeadLetters(settings.DEAD_LETTER_QUEUE_URL, createLazySqs()),
    createStageTelemetry('repair-ledger', settings.METRICS_NAMESPACE),
  );

const letter = z.pipe(jsonText, z.object({ entries: z.array(ledgerEntry) }));

/** Nobody waits for it. In ms. */
const WRITE_MS = 10_000;

/** Writes what the ledger would not take before. A message whose entries are not all in it comes back. */
export const createLedgerRepair = (
  table: Pick<LedgerTable, 'write'>,
  deadLetters: DeadLetters,
  telemetry: StageTelemetry,
) => {
  const processor = new BatchProcessor(EventType.SQS);
  const repair = async (record: SQSRecord): Promise<void> => {
    const read = letter.safeParse(record.body);
    if (!read.success) {
      await deadLetters.reject(record, { reason: 'no-entries' });
      return telemetry.failed('letter set aside', read.error);
    }
    const { entries } = read.data;
    const { unwritten, error } = await table.write(entries, WRITE_MS);
    if (unwritten.length > 0) {
      telemetry.failed('ledger not repaired', error);
      throw new Error(`${unwritten.length} of ${entries.length} entries were not written`);
    }
    telemetry.info('ledger repaired', { entries: entries.length });
  };
  return (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
    processPartialResponse(event, repair, processor, { context, throwOnFullBatchFailure: false });
};
