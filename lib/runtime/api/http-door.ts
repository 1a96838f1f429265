import type { APIGatewayProxyEventV2WithJWTAuthorizer, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type Problem, problem } from '../../api/problem.ts';
import type { RequestOf, RouteSpec } from '../../api/route.ts';
import { type RouteName, type Routes, routeKeyOf, routeNames, routes } from '../../api/routes.ts';
import { isPassing } from '../retry.ts';
import type { ApiTelemetry } from './api-telemetry.ts';
import { callerOf, type TokenRules } from './caller-of.ts';
import type { Operations } from './operations.ts';
import { readRequest } from './read-request.ts';
import { type Answer, renderAnswer } from './render-answer.ts';

type Event = APIGatewayProxyEventV2WithJWTAuthorizer;
type Context = { getRemainingTimeInMillis(): number };

export type HttpDoorParts = {
  operations: Operations;
  tokens: TokenRules;
  telemetry: ApiTelemetry;
};

/** Takes the requests of API Gateway, which has found their routes and verified their tokens. Never rejects. */
export const createHttpDoor = (parts: HttpDoorParts) => {
  const named = new Map(routeNames.map((name) => [routeKeyOf(routes[name]), name]));
  return async (event: Event, context: Context): Promise<APIGatewayProxyStructuredResultV2> => {
    const startedAtMs = performance.now();
    const name = named.get(event.routeKey);
    const result = name === undefined ? noRoute : await answer(parts, name, event, context);
    const specs: RouteSpec['answers'] = name === undefined ? {} : routes[name].answers;
    const { requestId, http } = event.requestContext;
    const rendered = renderAnswer(result, specs, { method: http.method, headers: event.headers, requestId });
    parts.telemetry.answered(event.routeKey, requestId, rendered.statusCode, performance.now() - startedAtMs);
    return rendered;
  };
};

const noRoute = problem('not-found', 'There is no such endpoint: see /v1/openapi.json.');

const answer = async (
  { operations, tokens, telemetry }: HttpDoorParts,
  name: RouteName,
  event: Event,
  context: Context,
): Promise<Answer | Problem> => {
  const spec: RouteSpec = routes[name];
  const caller =
    spec.scopes.length === 0
      ? undefined
      : callerOf(event.requestContext.authorizer?.jwt, tokens, spec.scopes);
  if (caller !== undefined && 'kind' in caller) return caller;
  const read = readRequest(spec, event);
  if (read.kind === 'problem') return read;
  const request = {
    ...read.parts,
    caller,
    traceparent: event.headers.traceparent,
    requestId: event.requestContext.requestId,
    remainingMs: () => context.getRemainingTimeInMillis(),
  };
  try {
    return await perform(operations, name, request);
  } catch (error) {
    telemetry.failed(event.routeKey, event.requestContext.requestId, error);
    return isPassing(error) ? unavailable : failed;
  }
};

const unavailable = problem('unavailable', 'Try again in a moment, with the same Idempotency-Key.', {
  retryAfterSeconds: 2,
});

const failed = problem(
  'internal',
  'Nothing is known to be wrong with the request. Tell us the x-request-id.',
);

/** The request was parsed by this route's schemas, which is more than the compiler can follow from a name. */
const perform = <Name extends RouteName>(
  operations: Operations,
  name: Name,
  request: unknown,
): Promise<Answer | Problem> => operations[name](request as RequestOf<Routes[Name]>);
