import { createGroupAlertsWorker } from '../../lib/runtime/group-alerts-worker.ts';
import { readEnvironment } from '../../lib/runtime/read-environment.ts';
import { environment } from './environment.ts';

/** Turns alerts into notices: SQS batches in, and a look at every group when the schedule says so. */
export const handler = createGroupAlertsWorker(readEnvironment(environment, process.env));
