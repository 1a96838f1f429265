import { createRepairLedgerWorker } from '../../lib/runtime/ledger/repair-ledger-worker.ts';
import { readEnvironment } from '../../lib/runtime/read-environment.ts';
import { environment } from './environment.ts';

/** Writes the entries that the ledger would not take before: SQS batches in, partial batch responses out. */
export const handler = createRepairLedgerWorker(readEnvironment(environment, process.env));
