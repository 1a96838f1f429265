import { lambdaVariables } from '../../lib/runtime/lambda-variables.ts';
import { createVerifyPrivacyWorker } from '../../lib/runtime/privacy/verify-privacy-worker.ts';
import { readEnvironment } from '../../lib/runtime/read-environment.ts';
import { environment } from './environment.ts';

/** Verifies erasures and the audit trail, on a schedule. Of what it looks at it may change nothing. */
export const handler = createVerifyPrivacyWorker(
  readEnvironment(environment, process.env),
  readEnvironment(lambdaVariables, process.env),
);
