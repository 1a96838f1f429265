import type { EventEmitter } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { FunctionSpec } from '../assembly/deployment.ts';
import type { EnvironmentData, EnvironmentMessage, Invocation, KillPoint } from './lambda-protocol.ts';
import type { ToldName } from './told-names.ts';

/**
 * How an invocation ended. A `failed` one leaves the environment usable; one that `died` or was `killed` does not. A
 * `throttled` one never began.
 */
export type InvocationResult =
  | { kind: 'returned'; payload: string }
  | { kind: 'throttled' }
  | { kind: 'failed'; errorType: string }
  | { kind: 'died'; errorType: string }
  | { kind: 'killed' };

/** When an environment is to be killed: at a point in its code, or at a time. */
export type EnvironmentKill = KillPoint | { kind: 'time'; afterMs: number };

/** One execution environment of a function, a worker thread unless told otherwise: it handles one invocation at a time. */
export type ExecutionEnvironment = {
  /** Resolves to false when the function's code cannot be loaded. */
  started: Promise<boolean>;
  /** Resolves when the thread has ended, for whatever reason. */
  exited: Promise<void>;
  invoke(requestId: string, event: string, kill: EnvironmentKill | undefined): Promise<InvocationResult>;
  terminate(): Promise<void>;
};

export type EnvironmentParts = {
  variables: Record<string, string>;
  clockSkewMs: number;
  toldName: ToldName | undefined;
  onLine(line: string): void;
};

/** Where a function's code runs: it is given invocations, and emits each `message` that it has about them. */
export type Host = EventEmitter & {
  stdout: Readable;
  stderr: Readable;
  postMessage(invocation: Invocation): void;
  /** Resolves after `exit`. */
  terminate(): Promise<unknown>;
};

export type StartHost = (spec: FunctionSpec, parts: Omit<EnvironmentParts, 'onLine'>) => Host;

export const isDead = ({ kind }: InvocationResult): boolean => kind === 'died' || kind === 'killed';

/** Lambda allows ten seconds for loading; a cold start that exceeds it is repeated within the function's timeout. */
const INIT_TIMEOUT_MS = 10_000;

/** V8's default lets 26 environments keep some 400 MB of garbage; half of this costs CPU time, double gains none. */
const YOUNG_GENERATION_MB = 4;

/** A thread that the service ends, unless it has spoken before. */
type Limit = { afterMs: number; line: string; end: End };
type End = Extract<InvocationResult, { kind: 'died' | 'killed' }>;

export const createExecutionEnvironment = (
  spec: FunctionSpec,
  { onLine, ...parts }: EnvironmentParts,
  startHost: StartHost = startWorker,
): ExecutionEnvironment => {
  const worker = startHost(spec, parts);
  forwardLines(worker.stdout, onLine);
  forwardLines(worker.stderr, onLine);
  worker.on('error', (error) =>
    onLine(`${new Date().toISOString()}\tERROR\tRuntime exited\t${describe(error)}`),
  );
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const next = (limit: Limit) => nextMessage(worker, exited, limit, onLine);
  return {
    started: next(initLimit(spec)).then(({ kind }) => kind === 'ready'),
    exited,
    invoke: async (requestId, event, kill) => {
      const killPoint = kill?.kind === 'time' ? undefined : kill;
      const invocation: Invocation = { requestId, event, deadlineMs: Date.now() + spec.timeoutMs, killPoint };
      worker.postMessage(invocation);
      const message = await next(limitOf(spec, requestId, kill));
      if (message.kind === 'ready') return { kind: 'died', errorType: 'Runtime.ExitError' };
      if (message.kind !== 'halted') return message;
      await worker.terminate();
      onLine(`${new Date().toISOString()} ${killedLine(requestId)}`);
      return { kind: 'killed' };
    },
    terminate: async () => {
      await worker.terminate();
    },
  };
};

const initLimit = ({ timeoutMs }: FunctionSpec): Limit => ({
  afterMs: Math.max(INIT_TIMEOUT_MS, timeoutMs),
  line: 'INIT_REPORT Status: timeout',
  end: { kind: 'died', errorType: 'Sandbox.Timedout' },
});

const limitOf = ({ timeoutMs }: FunctionSpec, requestId: string, kill: EnvironmentKill | undefined): Limit =>
  kill?.kind === 'time' && kill.afterMs < timeoutMs
    ? { afterMs: kill.afterMs, line: killedLine(requestId), end: { kind: 'killed' } }
    : {
        afterMs: timeoutMs,
        line: `${requestId} Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`,
        end: { kind: 'died', errorType: 'Sandbox.Timedout' },
      };

/** As Lambda reports it. */
const killedLine = (requestId: string): string =>
  `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`;

/** The thread's next word, or its death: what it held may be handed to another only when it is over. */
const nextMessage = async (
  worker: Host,
  exited: Promise<void>,
  { afterMs, line, end }: Limit,
  onLine: (line: string) => void,
): Promise<EnvironmentMessage | End> => {
  const { promise, resolve } = Promise.withResolvers<EnvironmentMessage | End>();
  let isOverdue = false;
  const timer = setTimeout(() => {
    isOverdue = true;
    worker.off('message', resolve);
    void worker.terminate();
  }, afterMs);
  worker.once('message', resolve);
  void exited.then(() => {
    if (isOverdue) onLine(`${new Date().toISOString()} ${line}`);
    resolve(isOverdue ? end : { kind: 'died', errorType: 'Runtime.ExitError' });
  });
  return promise.finally(() => {
    clearTimeout(timer);
    worker.off('message', resolve);
  });
};

const startWorker: StartHost = (spec, { variables, clockSkewMs, toldName }) => {
  const workerData: EnvironmentData = {
    codeDir: spec.codeDir,
    handler: spec.handler,
    functionName: spec.name,
    functionArn: spec.arn,
    memoryMb: spec.memoryMb,
    clockSkewMs,
    toldName,
  };
  return new Worker(new URL('./lambda-environment.ts', import.meta.url), {
    workerData,
    env: variables,
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
