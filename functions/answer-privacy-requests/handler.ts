import { lambdaVariables } from '../../lib/runtime/lambda-variables.ts';
import { createAnswerRequestsWorker } from '../../lib/runtime/privacy/answer-requests-worker.ts';
import { readEnvironment } from '../../lib/runtime/read-environment.ts';
import { environment } from './environment.ts';

/** Goes on with the open requests of persons, on a schedule. */
export const handler = createAnswerRequestsWorker(
  readEnvironment(environment, process.env),
  readEnvironment(lambdaVariables, process.env),
);
