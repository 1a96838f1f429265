import { createReconcileCostsWorker } from '../../lib/runtime/ledger/reconcile-costs-worker.ts';
import { readEnvironment } from '../../lib/runtime/read-environment.ts';
import { environment } from './environment.ts';

/** Holds the ledger against the providers' own accounts, on a schedule. */
export const handler = createReconcileCostsWorker(readEnvironment(environment, process.env));
