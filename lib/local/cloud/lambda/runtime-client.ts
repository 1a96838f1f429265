import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import type { FunctionSpec } from '../assembly/deployment.ts';
import { startLoopbackServer } from '../loopback-server.ts';
import type { Host, StartHost } from './execution-environment.ts';
import { type EnvironmentMessage, type Invocation, MAX_RESPONSE_BYTES } from './lambda-protocol.ts';

type Runtime = {
  spec: FunctionSpec;
  say(message: EnvironmentMessage): void;
  /** Asked for and not yet given, or given and not yet asked for: one of them at most is there. */
  asked: ((invocation: Invocation) => void) | undefined;
  given: Invocation | undefined;
};

/**
 * Hosts a function as Lambda does: in a process of AWS's own runtime client (`aws-lambda-ric`), which asks the Runtime
 * API for work. It knows no points at which to be killed, no clock but the machine's, and no names but the system's.
 */
export const startRuntimeClient =
  (client: string): StartHost =>
  (spec, { variables }) => {
    const events = new EventEmitter();
    const output = { stdout: new PassThrough(), stderr: new PassThrough() };
    const runtime: Runtime = {
      spec,
      say: (message) => void events.emit('message', message),
      asked: undefined,
      given: undefined,
    };
    const exited = new Promise<void>((resolve) => events.once('exit', () => resolve()));
    const running = run(client, runtime, variables, output);
    void running.then(async ({ ended }) => {
      await ended;
      events.emit('exit');
    });
    return Object.assign(events, output, {
      postMessage: (invocation: Invocation) => give(runtime, invocation),
      terminate: async () => {
        (await running).kill();
        await exited;
      },
    }) satisfies Host;
  };

const run = async (
  client: string,
  runtime: Runtime,
  variables: Record<string, string>,
  { stdout, stderr }: Pick<Host, 'stdout' | 'stderr'> & Record<'stdout' | 'stderr', PassThrough>,
) => {
  const api = await startLoopbackServer(0, (request, response) => void serve(runtime, request, response));
  const child = spawn(process.execPath, [`--max-old-space-size=${runtime.spec.memoryMb}`, client], {
    env: { ...variables, AWS_LAMBDA_RUNTIME_API: new URL(api.endpoint).host },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.pipe(stdout);
  child.stderr.pipe(stderr);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve())).then(() => api.stop());
  return { ended, kill: () => child.kill('SIGKILL') };
};

const give = (runtime: Runtime, invocation: Invocation): void => {
  const { asked } = runtime;
  runtime.asked = undefined;
  if (asked === undefined) runtime.given = invocation;
  else asked(invocation);
};

const VERSION = '/2018-06-01/runtime';

/** The Runtime API, as "Using the Lambda runtime API" has it. */
const serve = async (runtime: Runtime, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const [, what = ''] = (request.url ?? '').split(VERSION);
  if (what === '/invocation/next') {
    next(runtime, response);
    return;
  }
  const body = await text(request);
  const [status, message] = outcomeOf(what, body);
  response.writeHead(status, { 'content-type': 'application/json' }).end('{"status":"OK"}');
  runtime.say(message);
};

const next = (runtime: Runtime, response: ServerResponse): void => {
  const send = ({ requestId, event, deadlineMs }: Invocation): void => {
    response.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': requestId,
      'lambda-runtime-deadline-ms': String(deadlineMs),
      'lambda-runtime-invoked-function-arn': runtime.spec.arn,
    });
    response.end(event);
  };
  const { given } = runtime;
  runtime.given = undefined;
  if (given !== undefined) {
    send(given);
    return;
  }
  runtime.asked = send;
  // Only the first time is anybody waiting to hear it.
  runtime.say({ kind: 'ready' });
};

const failure = z.object({ errorType: z.string() });

/** What the client tells of an invocation: /invocation/ID/response, or /invocation/ID/error. */
const outcomeOf = (what: string, body: string): [number, EnvironmentMessage] => {
  if (!what.endsWith('/response')) {
    const errorType = failure.safeParse(JSON.parse(body)).data?.errorType ?? 'Unhandled';
    return [202, { kind: 'failed', errorType }];
  }
  if (Buffer.byteLength(body) > MAX_RESPONSE_BYTES)
    return [413, { kind: 'failed', errorType: 'Function.ResponseSizeTooLarge' }];
  return [202, { kind: 'returned', payload: body }];
};
