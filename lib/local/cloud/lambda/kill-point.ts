// Runs in the worker thread of an execution environment.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { KillPoint } from './lambda-protocol.ts';

/** Watches one invocation on its way to the point where it is to be killed. */
export type KillWatch = { beforeReturn(): void };

/** Stops this thread for good; nothing of the function runs on. */
type Halt = () => void;

type Request = object;

/** Where Node.js announces an outgoing request, in the same tick: of node:http and of fetch. */
const channels = {
  before: ['http.client.request.created', 'undici:request:create'],
  after: ['http.client.response.finish', 'undici:request:headers'],
} as const;

export const watchForKillPoint = (point: KillPoint, halt: Halt): KillWatch =>
  point.kind === 'return' ? { beforeReturn: halt } : watchRequests(point, halt);

const watchRequests = (point: Extract<KillPoint, { kind: 'request' }>, halt: Halt): KillWatch => {
  let seen = 0;
  let chosen: Request | undefined;
  const onCreated = (message: unknown): void => {
    const request = requestIn(message);
    if (request === undefined) return;
    if (point.operation !== undefined && point.operation !== operationOf(request)) return;
    seen += 1;
    if (seen !== point.ordinal) return;
    chosen = request;
    if (point.stage === 'before') halt();
  };
  const onReply = (message: unknown): void => {
    if (point.stage === 'after' && chosen !== undefined && requestIn(message) === chosen) halt();
  };
  for (const name of channels.before) subscribe(name, onCreated);
  for (const name of channels.after) subscribe(name, onReply);
  return {
    beforeReturn: () => {
      for (const name of channels.before) unsubscribe(name, onCreated);
      for (const name of channels.after) unsubscribe(name, onReply);
      if (point.orBeforeReturn) halt();
    },
  };
};

const requestIn = (message: unknown): Request | undefined =>
  isObject(message) && 'request' in message && isObject(message.request) ? message.request : undefined;

/** `UpdateItem` of `x-amz-target: DynamoDB_20120810.UpdateItem`. */
const operationOf = (request: Request): string => {
  const target = headerOf(request, 'x-amz-target');
  if (typeof target === 'string') return target.slice(target.indexOf('.') + 1);
  // SNS names its action in the body, which is not there yet; functions ask it for this one alone.
  return String(headerOf(request, 'authorization')).includes('/sns/aws4_request') ? 'PublishBatch' : 'model';
};

const headerOf = (request: Request, name: string): unknown => {
  if ('getHeader' in request && typeof request.getHeader === 'function') {
    return request.getHeader(name);
  }
  if (!('headers' in request) || !Array.isArray(request.headers)) return undefined;
  // undici lists names and values in turn.
  const headers: unknown[] = request.headers;
  const index = headers.findIndex((it) => String(it).toLowerCase() === name);
  return index === -1 ? undefined : headers[index + 1];
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
