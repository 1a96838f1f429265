// The entry of a worker thread: one Lambda execution environment. It loads a function's bundle as the Node.js runtime
// of Lambda does and handles one invocation at a time.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { watchForKillPoint } from './kill-point.ts';
import {
  type EnvironmentData,
  type EnvironmentMessage,
  type Invocation,
  MAX_RESPONSE_BYTES,
} from './lambda-protocol.ts';
import { skewClock } from './skewed-clock.ts';
import { tellName } from './told-names.ts';

type Handler = (event: unknown, context: object) => unknown;

// No schema library on this side of the thread boundary: it would be loaded once for every environment.
const environment: EnvironmentData = workerData;

const trueNow = skewClock(environment.clockSkewMs);
tellName(environment.toldName);

const post = (message: EnvironmentMessage): void => parentPort?.postMessage(message);

/** `index.handler` is the export `handler` of index.js, .mjs or .cjs. */
const loadHandler = async ({ codeDir, handler }: EnvironmentData): Promise<Handler> => {
  const dot = handler.lastIndexOf('.');
  const file = ['.js', '.mjs', '.cjs']
    .map((extension) => join(codeDir, handler.slice(0, dot) + extension))
    .find(existsSync);
  if (file === undefined) throw new Error(`Runtime.ImportModuleError: no module for the handler ${handler}`);
  const module: Record<string, unknown> = await import(pathToFileURL(file).href);
  const found = module[handler.slice(dot + 1)];
  if (isHandler(found)) return found;
  throw new Error(`Runtime.HandlerNotFound: ${handler} is undefined or not exported`);
};

const isHandler = (value: unknown): value is Handler => typeof value === 'function';

const contextOf = ({ requestId, deadlineMs }: Invocation): object => ({
  callbackWaitsForEmptyEventLoop: true,
  functionName: environment.functionName,
  functionVersion: '$LATEST',
  invokedFunctionArn: environment.functionArn,
  memoryLimitInMB: String(environment.memoryMb),
  awsRequestId: requestId,
  logGroupName: `/aws/lambda/${environment.functionName}`,
  logStreamName: 'local',
  getRemainingTimeInMillis: () => Math.max(0, deadlineMs - trueNow()),
});

/** Logs an error as Lambda's runtime does: a function that puts a secret in an error message finds it in its log. */
const reportError = (requestId: string, error: unknown): string => {
  const known = error instanceof Error ? error : new Error(String(error));
  const details = { errorType: known.name, errorMessage: known.message, stack: known.stack?.split('\n') };
  process.stderr.write(
    `${new Date().toISOString()}\t${requestId}\tERROR\tInvoke Error\t${JSON.stringify(details)}\n`,
  );
  return known.name;
};

/** Waits, without a turn of the event loop, for the host to end this thread. */
const halt = (): void => {
  post({ kind: 'halted' });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0);
};

const invoke = async (handler: Handler, message: Invocation): Promise<void> => {
  const watch = message.killPoint && watchForKillPoint(message.killPoint, halt);
  const outcome = await outcomeOf(handler, message);
  if (watch !== undefined) {
    await outputPassedOn();
    watch.beforeReturn();
  }
  post(outcome);
};

/** A thread that halts passes nothing on any more, and Lambda has the lines of a function that was killed later. */
const outputPassedOn = (): Promise<void> =>
  new Promise((resolve) => process.stdout.write('', () => resolve()));

const tooLarge = (requestId: string): EnvironmentMessage => {
  process.stderr.write(
    `${new Date().toISOString()}\t${requestId}\tERROR\tResponse payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).\n`,
  );
  return { kind: 'failed', errorType: 'Function.ResponseSizeTooLarge' };
};

const outcomeOf = async (handler: Handler, message: Invocation): Promise<EnvironmentMessage> => {
  try {
    const result = await handler(JSON.parse(message.event), contextOf(message));
    const payload = JSON.stringify(result) ?? 'null';
    return Buffer.byteLength(payload) > MAX_RESPONSE_BYTES
      ? tooLarge(message.requestId)
      : { kind: 'returned', payload };
  } catch (error) {
    return { kind: 'failed', errorType: reportError(message.requestId, error) };
  }
};

const handler = await loadHandler(environment);
parentPort?.on('message', (invocation: Invocation) => void invoke(handler, invocation));
post({ kind: 'ready' });
