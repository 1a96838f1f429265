import { createTotalCostsWorker } from '../../lib/runtime/ledger/total-costs-worker.ts';
import { readEnvironment } from '../../lib/runtime/read-environment.ts';
import { environment } from './environment.ts';

/** Folds the ledger to totals by tenant and hour, on a schedule. */
export const handler = createTotalCostsWorker(readEnvironment(environment, process.env));
