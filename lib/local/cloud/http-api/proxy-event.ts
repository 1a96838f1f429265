import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import type { RouteMatch } from './route-table.ts';

/** A request that was let in. */
type Admitted = { request: IncomingMessage; requestId: string; url: URL; body: Buffer };

/** What a request becomes: the event of a function, in payload format 2.0. */
export const proxyEvent = (
  { request, requestId, url, body }: Admitted,
  { route, params }: RouteMatch,
  claims: Record<string, string> | undefined,
) => {
  const headers = headersOf(request);
  const isText = isTextual(headers['content-type']);
  const query = queryOf(url);
  return {
    version: '2.0',
    routeKey: route.key,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers,
    ...(query && { queryStringParameters: query }),
    ...(Object.keys(params).length > 0 && { pathParameters: params }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      ...(claims && { authorizer: { jwt: { claims, scopes: null } } }),
      domainName: headers.host,
      domainPrefix: 'local',
      http: {
        method: request.method,
        path: url.pathname,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey: route.key,
      stage: '$default',
      time: new Date().toISOString(),
      timeEpoch: Date.now(),
    },
    ...(body.byteLength > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.byteLength > 0 && !isText,
  };
};

/** In lower case; what comes several times is joined with commas. */
const headersOf = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(',') : value]],
    ),
  );

const queryOf = ({ searchParams }: URL): Record<string, string> | undefined => {
  const names = [...new Set(searchParams.keys())];
  if (names.length === 0) return undefined;
  return Object.fromEntries(names.map((name) => [name, searchParams.getAll(name).join(',')]));
};

const isTextual = (type = 'text/plain'): boolean =>
  /^(text\/|application\/(json|javascript|xml|vnd\.api\+json))/i.test(type);

/** What a function may answer with; anything else is an error of the function. */
export const proxyResult = z.object({
  statusCode: z.int().min(100).max(599).default(200),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
});
