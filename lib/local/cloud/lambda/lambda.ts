import { randomUUID } from 'node:crypto';
import type { FunctionSpec } from '../assembly/deployment.ts';
import type { InvocationMetrics } from '../cloudwatch/service-metrics.ts';
import type { EnvironmentFaults } from './environment-faults.ts';
import {
  createExecutionEnvironment,
  type ExecutionEnvironment,
  type InvocationResult,
  isDead,
  type StartHost,
} from './execution-environment.ts';

/** A function with its execution environments. */
export type LambdaFunction = {
  /** Runs when an environment is free; never throws. */
  invoke(event: string): Promise<InvocationResult>;
  stop(): Promise<void>;
};

export type LambdaOptions = {
  /** Most environments at a time. */
  capacity: number;
  /** What the Lambda service itself puts into the environment. */
  serviceVariables: Record<string, string>;
  onLine(line: string): void;
  /** While the machine is busy, waiting is cheaper than another cold start. */
  isSaturated(): boolean;
  faults: EnvironmentFaults;
  metrics: InvocationMetrics;
  /** Worker threads by default. */
  startHost?: StartHost | undefined;
};

type Waiting = { event: string; since: number; resolve(result: InvocationResult): void };

type Fleet = {
  spec: FunctionSpec;
  options: LambdaOptions;
  idle: ExecutionEnvironment[];
  live: Set<ExecutionEnvironment>;
  waiting: Waiting[];
  /** Invocations that are not over. */
  inFlight: number;
  starting: boolean;
  stopped: boolean;
  growthTimer: NodeJS.Timeout | undefined;
};

/**
 * A further environment is started only for an invocation that has waited this long: each one costs some 40 MB and
 * half a second of compiling, and a warm one is often free sooner.
 */
const GROWTH_PATIENCE_MS = 100;

/** Lambda's limit of what a function is invoked with. */
const MAX_EVENT_BYTES = 6_291_456;

export const createLambdaFunction = (spec: FunctionSpec, options: LambdaOptions): LambdaFunction => {
  const fleet: Fleet = {
    spec,
    options,
    idle: [],
    live: new Set(),
    waiting: [],
    inFlight: 0,
    starting: false,
    stopped: false,
    growthTimer: undefined,
  };
  return {
    invoke: async (event) => {
      if (Buffer.byteLength(event) > MAX_EVENT_BYTES)
        return { kind: 'failed', errorType: 'RequestTooLargeException' };
      if (options.faults.throttles() || isUsedUp(fleet)) {
        options.metrics.throttled();
        return { kind: 'throttled' };
      }
      fleet.inFlight += 1;
      return enter(fleet, event).finally(() => {
        fleet.inFlight -= 1;
      });
    },
    stop: async () => {
      fleet.stopped = true;
      clearTimeout(fleet.growthTimer);
      for (const { resolve } of fleet.waiting.splice(0)) resolve({ kind: 'died', errorType: 'Stopped' });
      await Promise.all([...fleet.live].map((environment) => environment.terminate()));
    },
  };
};

/** Whether as many invocations are under way as are set aside for the function. */
const isUsedUp = ({ spec: { reservedConcurrency = Infinity }, inFlight }: Fleet): boolean =>
  inFlight >= reservedConcurrency;

const enter = (fleet: Fleet, event: string): Promise<InvocationResult> =>
  new Promise((resolve) => {
    fleet.waiting.push({ event, since: Date.now(), resolve });
    const environment = fleet.idle.pop();
    if (environment === undefined) considerGrowth(fleet);
    else serve(fleet, environment);
  });

/** Hands the oldest waiting invocation to an environment; the one used last is the first to be used again. */
const serve = (fleet: Fleet, environment: ExecutionEnvironment): void => {
  const next = fleet.waiting.shift();
  if (next === undefined) fleet.idle.push(environment);
  else void run(fleet, environment, next);
};

const run = async (
  fleet: Fleet,
  environment: ExecutionEnvironment,
  { event, resolve }: Waiting,
): Promise<void> => {
  const { faults, metrics } = fleet.options;
  const planned = faults.planKill();
  metrics.started(fleet.live.size - fleet.idle.length);
  const startedAtMs = performance.now();
  const result = await environment.invoke(randomUUID(), event, planned?.kill);
  metrics.ended(result.kind !== 'returned', performance.now() - startedAtMs);
  planned?.ended(result.kind === 'killed');
  resolve(result);
  if (!isDead(result)) serve(fleet, environment);
};

/** An environment may also die while it is idle, of an error that its function left behind. */
const bury = (fleet: Fleet, environment: ExecutionEnvironment): void => {
  fleet.live.delete(environment);
  fleet.idle = fleet.idle.filter((other) => other !== environment);
  considerGrowth(fleet);
};

/** One cold start at a time; the first at once, further ones when a wait shows that they are needed. */
const considerGrowth = (fleet: Fleet): void => {
  const [oldest] = fleet.waiting;
  if (oldest === undefined || fleet.starting || fleet.stopped || fleet.live.size >= fleet.options.capacity)
    return;
  clearTimeout(fleet.growthTimer);
  const waitMs = waitBeforeGrowthMs(fleet, oldest);
  if (waitMs === 0) void grow(fleet);
  else fleet.growthTimer = setTimeout(() => considerGrowth(fleet), waitMs);
};

const waitBeforeGrowthMs = ({ live, options }: Fleet, oldest: Waiting): number => {
  if (live.size === 0) return 0;
  const patienceMs = GROWTH_PATIENCE_MS - (Date.now() - oldest.since);
  if (patienceMs > 0) return patienceMs;
  return options.isSaturated() ? GROWTH_PATIENCE_MS : 0;
};

const grow = async (fleet: Fleet): Promise<void> => {
  fleet.starting = true;
  const { spec, options } = fleet;
  const parts = {
    variables: { ...options.serviceVariables, ...spec.variables },
    clockSkewMs: options.faults.clockSkewMs(),
    toldName: options.faults.toldName(),
    onLine: options.onLine,
  };
  const environment = createExecutionEnvironment(spec, parts, options.startHost);
  fleet.live.add(environment);
  void environment.exited.then(() => bury(fleet, environment));
  const started = await environment.started;
  fleet.starting = false;
  if (started) serve(fleet, environment);
  // Loading is part of the first invocation, which fails with it, as on AWS.
  else failFirst(fleet);
  considerGrowth(fleet);
};

const failFirst = ({ waiting, options }: Fleet): void => {
  const first = waiting.shift();
  if (first === undefined) return;
  options.metrics.ended(true, Date.now() - first.since);
  first.resolve({ kind: 'died', errorType: 'Runtime.InitError' });
};
