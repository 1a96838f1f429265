import { createVerifyPrivacyWorker } from '../../lib/runtime/privacy/verify-privacy-worker.ts';
import { readEnvironment } from '../../lib/runtime/read-environment.ts';
import { environment } from './environment.ts';

/** Holds the audit trail against itself, on a schedule. It may read, and nothing else. */
export const handler = createVerifyPrivacyWorker(readEnvironment(environment, process.env));
