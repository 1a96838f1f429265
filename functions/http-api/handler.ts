import { createHttpApi } from '../../lib/runtime/api/http-api.ts';
import { lambdaVariables } from '../../lib/runtime/lambda-variables.ts';
import { readEnvironment } from '../../lib/runtime/read-environment.ts';
import { environment } from './environment.ts';

/** Answers the requests of the HTTP API. */
export const handler = createHttpApi(
  readEnvironment(environment, process.env),
  readEnvironment(lambdaVariables, process.env),
);
