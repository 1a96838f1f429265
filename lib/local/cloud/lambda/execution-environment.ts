import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { FunctionSpec } from '../assembly/deployment.ts';
import type { EnvironmentData, EnvironmentMessage, Invocation } from './lambda-protocol.ts';

type Death = { kind: 'died'; errorType: string };

/** How an invocation ended. A `failed` one leaves the environment usable, a `died` one does not. */
export type InvocationResult =
  | { kind: 'returned'; payload: string }
  | { kind: 'failed'; errorType: string }
  | Death;

/** One execution environment of a function: a worker thread that handles one invocation at a time. */
export type ExecutionEnvironment = {
  /** Resolves to false when the function's code cannot be loaded. */
  started: Promise<boolean>;
  /** Resolves when the thread has ended, for whatever reason. */
  exited: Promise<void>;
  invoke(requestId: string, event: string): Promise<InvocationResult>;
  terminate(): Promise<void>;
};

/** Lambda allows ten seconds for loading; a cold start that exceeds it is repeated within the function's timeout. */
const INIT_TIMEOUT_MS = 10_000;

/** V8's default lets 26 environments keep some 400 MB of garbage; half of this costs CPU time, double gains none. */
const YOUNG_GENERATION_MB = 4;

export const createExecutionEnvironment = (
  spec: FunctionSpec,
  variables: Record<string, string>,
  onLine: (line: string) => void,
): ExecutionEnvironment => {
  const worker = startWorker(spec, variables);
  forwardLines(worker.stdout, onLine);
  forwardLines(worker.stderr, onLine);
  worker.on('error', (error) =>
    onLine(`${new Date().toISOString()}\tERROR\tRuntime exited\t${describe(error)}`),
  );
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const next = (timeoutMs: number, timeoutLine: string) =>
    nextMessage(worker, exited, timeoutMs, () => {
      onLine(`${new Date().toISOString()} ${timeoutLine}`);
      void worker.terminate();
    });
  const initTimeoutMs = Math.max(INIT_TIMEOUT_MS, spec.timeoutMs);
  return {
    started: next(initTimeoutMs, 'INIT_REPORT Status: timeout').then(({ kind }) => kind === 'ready'),
    exited,
    invoke: async (requestId, event) => {
      const invocation: Invocation = { requestId, event, deadlineMs: Date.now() + spec.timeoutMs };
      worker.postMessage(invocation);
      const seconds = (spec.timeoutMs / 1000).toFixed(2);
      const message = await next(spec.timeoutMs, `${requestId} Task timed out after ${seconds} seconds`);
      return message.kind === 'ready' ? { kind: 'died', errorType: 'Runtime.ExitError' } : message;
    },
    terminate: async () => {
      await worker.terminate();
    },
  };
};

/** The thread's next word, or its death. */
const nextMessage = async (
  worker: Worker,
  exited: Promise<void>,
  timeoutMs: number,
  onTimeout: () => void,
): Promise<EnvironmentMessage | Death> => {
  const { promise, resolve } = Promise.withResolvers<EnvironmentMessage | Death>();
  const timer = setTimeout(() => {
    onTimeout();
    resolve({ kind: 'died', errorType: 'Sandbox.Timedout' });
  }, timeoutMs);
  worker.once('message', resolve);
  void exited.then(() => resolve({ kind: 'died', errorType: 'Runtime.ExitError' }));
  return promise.finally(() => {
    clearTimeout(timer);
    worker.off('message', resolve);
  });
};

const startWorker = (spec: FunctionSpec, env: Record<string, string>): Worker => {
  const workerData: EnvironmentData = {
    codeDir: spec.codeDir,
    handler: spec.handler,
    functionName: spec.name,
    functionArn: spec.arn,
    memoryMb: spec.memoryMb,
  };
  return new Worker(new URL('./lambda-environment.ts', import.meta.url), {
    workerData,
    env,
    // Without this a worker inherits flags and preloads of the parent process.
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: spec.memoryMb, maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
};

const forwardLines = (stream: Readable, onLine: (line: string) => void): void => {
  createInterface({ input: stream }).on('line', onLine);
};

/** Name and message: what Lambda logs of a runtime that exited. */
const describe = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
