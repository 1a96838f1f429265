import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { HttpApiSpec } from '../assembly/plan-http-api.ts';
import type { RequestMetrics } from '../cloudwatch/service-metrics.ts';
import type { LambdaFunction } from '../lambda/lambda.ts';
import { type LoopbackServer, startLoopbackServer } from '../loopback-server.ts';
import { proxyEvent, proxyResult } from './proxy-event.ts';
import { createRouteTable, type RouteMatch } from './route-table.ts';
import { createThrottles } from './throttle.ts';
import { createTokenGate } from './token-gate.ts';

/** A page that this machine shows beside the API. */
export type Page = { type: string; body: string | Buffer };

export type HttpApiParts = {
  spec: HttpApiSpec;
  port: number;
  /** By the function's ARN. */
  functionOf(arn: string): Pick<LambdaFunction, 'invoke'>;
  /** By path, for paths without a route. */
  pageAt(path: string): Promise<Page | undefined>;
  metrics: RequestMetrics;
};

/** API Gateway takes 10 MB, and the function behind it 6. */
const MOST_BYTES = 6 * 1024 * 1024;

type Reply = { status: number; headers?: Record<string, string>; body: string | Buffer };

/** API Gateway's own refusal. */
const refuse = (status: number, message: string, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ message }),
});

const failed = refuse(500, 'Internal Server Error');

type Front = HttpApiParts & {
  match: ReturnType<typeof createRouteTable>;
  admit: ReturnType<typeof createTokenGate>;
  hasRoom: ReturnType<typeof createThrottles>;
};

/** An HTTP API of API Gateway: routes, tokens and throttles first, then the function of the route. */
export const startHttpApi = (parts: HttpApiParts): Promise<LoopbackServer> => {
  const front: Front = {
    ...parts,
    match: createRouteTable(parts.spec.routes),
    admit: createTokenGate(),
    hasRoom: createThrottles(parts.spec, () => performance.now()),
  };
  return startLoopbackServer(parts.port, (request, response) => {
    const requestId = randomUUID();
    void answer(front, request, requestId)
      .catch(() => failed)
      .then((reply) => send(response, requestId, reply));
  });
};

const answer = async (front: Front, request: IncomingMessage, requestId: string): Promise<Reply> => {
  const { method = 'GET', url: target = '/' } = request;
  const url = new URL(`http://127.0.0.1${target}`);
  const matched = front.match(method, url.pathname);
  const page = matched === undefined && method === 'GET' ? await front.pageAt(url.pathname) : undefined;
  if (page !== undefined) return { status: 200, headers: { 'content-type': page.type }, body: page.body };
  const startedAtMs = performance.now();
  const reply = await carryOut(front, { request, requestId, url }, matched).catch(() => failed);
  front.metrics.answered(reply.status, performance.now() - startedAtMs);
  return reply;
};

type Arrived = { request: IncomingMessage; requestId: string; url: URL };

const carryOut = async (front: Front, arrived: Arrived, matched: RouteMatch | undefined): Promise<Reply> => {
  if (matched === undefined) return refuse(404, 'Not Found');
  const { request } = arrived;
  const { headers } = request;
  if (!front.hasRoom(matched.route)) return refuse(429, 'Too Many Requests');
  const { guard } = matched.route;
  const admission = guard && (await front.admit(guard, headers.authorization));
  if (admission?.kind === 'unauthorized')
    return refuse(401, 'Unauthorized', { 'www-authenticate': 'Bearer' });
  if (admission?.kind === 'forbidden') return refuse(403, 'Forbidden');
  if (Number(headers['content-length'] ?? 0) > MOST_BYTES) return refuse(413, 'Request Too Long');
  const body = await buffer(request);
  if (body.byteLength > MOST_BYTES) return refuse(413, 'Request Too Long');
  const event = proxyEvent({ ...arrived, body }, matched, admission?.claims);
  return invoke(front, matched, JSON.stringify(event));
};

const invoke = async ({ functionOf }: Front, { route }: RouteMatch, event: string): Promise<Reply> => {
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => late.resolve('late'), route.timeoutMs);
  const result = await Promise.race([functionOf(route.functionArn).invoke(event), late.promise]);
  clearTimeout(timer);
  if (result === 'late' || result.kind === 'throttled') return refuse(503, 'Service Unavailable');
  if (result.kind === 'failed' && result.errorType === 'RequestTooLargeException')
    return refuse(413, 'Request Too Long');
  const parsed = result.kind === 'returned' ? proxyResult.safeParse(JSON.parse(result.payload)) : undefined;
  if (!parsed?.success) return failed;
  const { statusCode, headers, body, isBase64Encoded } = parsed.data;
  const texts = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  return {
    status: statusCode,
    headers: Object.fromEntries(texts),
    body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  };
};

/** A 204 and a 304 have no body, and say nothing of its length. */
const send = (response: ServerResponse, requestId: string, { status, headers = {}, body }: Reply): void => {
  response.writeHead(status, { ...headers, 'apigw-requestid': requestId });
  response.end(status === 204 || status === 304 ? undefined : body);
};
