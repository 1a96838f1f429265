import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AwsRequest, Callers, CarryOut, DenialOf, OnRequest } from './aws-request.ts';
import { sentenceOf } from './iam/access-denied.ts';
import { type LoopbackServer, startLoopbackServer } from './loopback-server.ts';

export type JsonServiceOptions = {
  port: number;
  service: AwsRequest['service'];
  /** `application/x-amz-json-1.0` or `-1.1`, by the protocol of the service. */
  contentType: string;
  callers: Callers;
  onRequest: OnRequest;
  /** Without it, everybody may do everything. */
  denialOf?: DenialOf;
  /** Answers one action; throws a refusal. */
  handle(action: string, input: object): Promise<object>;
};

/** An error that the caller of a service is told of, in AWS's wire form. */
export type Refusal = Error & { statusCode: number; body: Record<string, unknown> };

export const refusal = (type: string, message: string, details: Record<string, unknown> = {}): Refusal =>
  Object.assign(new Error(message), { statusCode: 400, body: { __type: type, message, ...details } });

export const isRefusal = (error: unknown): error is Refusal =>
  error instanceof Error && 'statusCode' in error && 'body' in error;

/** Thrown in place of an answer: the caller finds its connection reset. */
export const connectionReset = (): Error =>
  Object.assign(new Error('the connection is reset'), { resetsConnection: true });

const resetsConnection = (error: unknown): boolean => error instanceof Error && 'resetsConnection' in error;

/** Serves an AWS JSON protocol on the loopback interface: every request enters here, with its caller known. */
export const startJsonService = (options: JsonServiceOptions): Promise<LoopbackServer> =>
  startLoopbackServer(options.port, (request, response) => void respond(options, request, response));

const respond = async (
  options: JsonServiceOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  try {
    send(options, response, 200, await answer(options, request));
  } catch (error) {
    if (resetsConnection(error)) {
      request.socket.resetAndDestroy();
      return;
    }
    const { statusCode, body } = isRefusal(error) ? error : internalFailure(error);
    send(options, response, statusCode, body);
  }
};

const answer = async (options: JsonServiceOptions, request: IncomingMessage): Promise<object> => {
  const input = parseInput(await textOf(request));
  const { authorization, 'x-amz-target': target } = request.headers;
  if (authorization === undefined) {
    throw refusal('MissingAuthenticationTokenException', 'Request is missing Authentication Token');
  }
  const action = String(target ?? '').split('.')[1] ?? '';
  let carryOut: CarryOut = (asked) => options.handle(action, asked);
  const made = { service: options.service, action, caller: options.callers.identify(authorization) };
  options.onRequest(made, {
    input,
    intercept: (by) => {
      const service = carryOut;
      carryOut = (asked) => by(service, asked);
    },
  });
  const denied = await options.denialOf?.(made, input);
  if (denied !== undefined) throw refusal(ACCESS_DENIED, sentenceOf(denied));
  return carryOut(input);
};

/** By events: an iterator of the chunks costs more CPU, and every call comes through here. */
const textOf = (request: IncomingMessage): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = '';
    request
      .setEncoding('utf8')
      .on('data', (chunk: string) => {
        text += chunk;
      })
      .once('end', () => resolve(text))
      .once('error', reject);
  });

const ACCESS_DENIED = 'com.amazon.coral.service#AccessDeniedException';

const parseInput = (body: string): object => {
  try {
    const input: unknown = JSON.parse(body);
    if (typeof input === 'object' && input !== null) return input;
  } catch {
    // falls through to the refusal: a body that is no JSON and one that is no object are told alike
  }
  throw refusal('SerializationException', 'The request body is not a JSON object');
};

const internalFailure = (error: unknown): Pick<Refusal, 'statusCode' | 'body'> => ({
  statusCode: 500,
  body: {
    __type: 'InternalServerError',
    message: error instanceof Error ? error.message : 'unknown failure',
  },
});

const send = (
  { contentType }: JsonServiceOptions,
  response: ServerResponse,
  status: number,
  body: object,
): void => {
  const payload = JSON.stringify(body);
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(payload) });
  response.end(payload);
};
