import type * as z from 'zod/mini';
import { gatewayMessage, problemSchema } from '../api/problem.ts';
import type { AnswerOf, RouteSpec } from '../api/route.ts';
import { type RouteName, type Routes, routes } from '../api/routes.ts';
import { backoffMs } from '../pipeline/backoff.ts';

export type HttpClientOptions = {
  /** Where the API is, e.g. `http://127.0.0.1:3000`: without `/v1`. */
  baseUrl: string;
  /** An access token with the scopes that are needed. Asked for before every request, so that it may be renewed. */
  token(): string | Promise<string>;
  /**
   * How often a request goes out at most when nobody answers, or the answer is to come again. Default: 4. A retry of a
   * job goes out once.
   */
  tries?: number;
};

type PartOf<Spec, Part extends string> =
  Spec extends Record<Part, infer Schema extends z.ZodMiniType> ? z.input<Schema> : Record<never, never>;

/** Numbers of a URL may be given as such. */
type InUrl<Part> = { [Name in keyof Part]: Part[Name] | number };

/** A batch is documented by what its parts are, and parsed part by part. */
type BodyOf<Spec> =
  Spec extends Record<'documentedBody', infer Schema extends z.ZodMiniType>
    ? { body: z.input<Schema> }
    : Spec extends Record<'body', infer Schema extends z.ZodMiniType>
      ? { body: z.input<Schema> }
      : unknown;

/** The parts of a request to a route. Headers are in lower case. */
export type RequestTo<Spec extends RouteSpec> = BodyOf<Spec> &
  (Spec extends Record<'params', unknown> ? { params: PartOf<Spec, 'params'> } : unknown) & {
    query?: InUrl<PartOf<Spec, 'query'>>;
    headers?: PartOf<Spec, 'headers'>;
  };

/** `requestId`: what to name when somebody is asked. `refused`: by API Gateway, for want of a token, a scope, a route. */
export type Reply<Spec extends RouteSpec> = { requestId: string } & (
  | AnswerOf<Spec>
  | { kind: 'problem'; problem: z.infer<typeof problemSchema>; retryAfterSeconds?: number }
  | { kind: 'refused'; status: number; message: string }
);

/** What must be given must be given; a request that needs nothing may be left out. */
type AskedOf<Request> = Record<never, never> extends Request ? [request?: Request] : [request: Request];

/** A method for each route, named as in the OpenAPI document. It rejects when nobody has answered in all its tries. */
export type HttpClient = {
  [Name in RouteName]: (...asked: AskedOf<RequestTo<Routes[Name]>>) => Promise<Reply<Routes[Name]>>;
};

/** What all requests have in common. */
type Parts = {
  params?: Record<string, string>;
  query?: Record<string, string | number | undefined>;
  headers?: Record<string, string | undefined>;
  body?: unknown;
};

const PAUSE = { baseMs: 200, ceilingMs: 5_000 };

/** A longer wait than this is for the caller to decide on. In seconds. */
const MOST_RETRY_AFTER = 5;

/** Longer than API Gateway takes to give up. In ms. */
const TIMEOUT_MS = 35_000;

/** A client for the API, made of its routes. It names jobs that have no name, so that it may send them again. */
export const createHttpClient = (options: HttpClientOptions): HttpClient => {
  const methods = Object.entries<RouteSpec>(routes).map(([name, spec]) => [
    name,
    (parts: Parts = {}) => persist(options, spec, named(spec, parts)),
  ]);
  // Each method is made of the very route that its type is derived from.
  return Object.fromEntries(methods) as HttpClient;
};

/** A name of ours for an order without one, alone or in a batch: sent twice, it is one order. */
const named = (spec: RouteSpec, parts: Parts): Parts => {
  const jobs = fieldOf(parts.body, 'jobs');
  if (spec.documentedBody !== undefined && Array.isArray(jobs))
    return { ...parts, body: { jobs: jobs.map(namedJob) } };
  const takesKey = spec.headers !== undefined && 'idempotency-key' in spec.headers.shape;
  if (!takesKey || isNamed(parts.body)) return parts;
  const key = parts.headers?.['idempotency-key'] ?? crypto.randomUUID();
  return { ...parts, headers: { ...parts.headers, 'idempotency-key': key } };
};

const namedJob = (job: object): object => (isNamed(job) ? job : { ...job, jobId: crypto.randomUUID() });

/** JSON leaves out what is undefined. */
const isNamed = (order: unknown): boolean =>
  fieldOf(order, 'jobId') !== undefined || fieldOf(order, 'idempotencyKey') !== undefined;

const fieldOf = (value: unknown, name: string): unknown => new Map(Object.entries(Object(value))).get(name);

/** All that may be done twice is sent again: reads, and orders that have a name. */
const persist = async (options: HttpClientOptions, spec: RouteSpec, parts: Parts) => {
  const tries = spec.once ? 1 : (options.tries ?? 4);
  for (let sent = 1; ; sent += 1) {
    const response = await send(options, spec, parts).catch((error: unknown) => {
      if (sent >= tries) throw error;
    });
    const waitMs = response === undefined ? 0 : againAfterMs(response);
    if (response !== undefined && (waitMs === undefined || sent >= tries)) return read(response);
    await response?.body?.cancel();
    await elapse((waitMs ?? 0) + backoffMs(sent, PAUSE, Math.random));
  }
};

const elapse = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Absent: this answer stands. */
const againAfterMs = ({ status, headers }: Response): number | undefined => {
  if (status !== 429 && status < 500) return undefined;
  const seconds = Number(headers.get('retry-after') ?? 0);
  return Number.isFinite(seconds) && seconds <= MOST_RETRY_AFTER ? seconds * 1000 : undefined;
};

const send = async (
  { baseUrl, token }: HttpClientOptions,
  spec: RouteSpec,
  parts: Parts,
): Promise<Response> => {
  const path = spec.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(parts.params?.[name] ?? ''),
  );
  const url = new URL(`${baseUrl.replace(/\/$/, '')}${path}`);
  for (const [name, value] of Object.entries(parts.query ?? {}))
    if (value !== undefined) url.searchParams.set(name, String(value));
  const headers = new Headers({ accept: 'application/json' });
  for (const [name, value] of Object.entries(parts.headers ?? {}))
    if (value !== undefined) headers.set(name, value);
  if (spec.scopes.length > 0) headers.set('authorization', `Bearer ${await token()}`);
  if (parts.body !== undefined) headers.set('content-type', 'application/json');
  return fetch(url, {
    method: spec.method,
    headers,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(parts.body !== undefined && { body: JSON.stringify(parts.body) }),
  });
};

const read = async (response: Response) => {
  const { status, headers } = response;
  const requestId = headers.get('x-request-id') ?? headers.get('apigw-requestid') ?? '';
  const body: unknown = await response.json();
  if (response.ok) return { kind: 'answer', status, body, requestId };
  const problem = problemSchema.safeParse(body);
  if (problem.success) {
    const retryAfter = headers.get('retry-after');
    const retryAfterSeconds = retryAfter === null ? {} : { retryAfterSeconds: Number(retryAfter) };
    return { kind: 'problem', problem: problem.data, requestId, ...retryAfterSeconds };
  }
  return { kind: 'refused', status, message: gatewayMessage.safeParse(body).data?.message ?? '', requestId };
};
