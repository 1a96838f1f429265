import { processJob } from '../pipeline/dispatch/process-job.ts';
import type { RunPorts } from '../pipeline/dispatch/run.ts';
import { createCircuits } from '../pipeline/fleet/circuits.ts';
import { createLatencies } from '../pipeline/fleet/latencies.ts';
import { createQuotas } from '../pipeline/fleet/quotas.ts';
import type { Job } from '../pipeline/job/job.ts';
import type { Catalogue, LogicalModel } from '../pipeline/model/catalogue.ts';
import {
  type ModelName,
  type ModelReply,
  type ModelRequest,
  modelNames,
  type ProviderName,
  providerNames,
  type ServiceTier,
  serviceTiers,
} from '../pipeline/model/model.ts';
import { noBudgets } from '../pipeline/money/budget.ts';
import { createBudgets } from '../pipeline/money/budgets.ts';
import type { PriceList } from '../pipeline/money/price.ts';
import type { CallWatch } from '../pipeline/ports.ts';
import { type Random, seededRandom } from '../seeded-random.ts';
import { inMemoryAnswers } from './in-memory-answers.ts';
import { inMemoryFleetStore } from './in-memory-fleet-store.ts';
import { inMemoryUserStarts } from './in-memory-user-starts.ts';
import { inMemoryVault, networked } from './in-memory-vault.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import { drawJob } from './simulated-jobs.ts';
import { type Process, simulatedNetwork } from './simulated-network.ts';

/** What became of chains of any shape against providers of any temper. */
export type DeadlineTrials = {
  trials: number;
  ended: number;
  /** Jobs that were given back, or expired before their chain began. */
  notRun: number;
  /** By how much the worst run passed its deadline when it began to write its ending, in ms. */
  worstOverrunMs: number;
  /** Trials whose run passed its deadline by more than the slack, by number: each replays from the seed. */
  late: readonly number[];
  /** Runs in which no model answered, and the last rung did. */
  lastRungs: number;
};

/** How far a run may pass its job's deadline, in ms. */
export const DEADLINE_SLACK_MS = 250;

const LAMBDA_MS = 150_000;
const START_MS = Date.parse('2026-11-22T12:00:00Z');

/** Runs one job of each trial through a chain, providers and a deadline drawn from the seed and the trial's number. */
export const runDeadlineTrials = async (seed: number, trials: number): Promise<DeadlineTrials> => {
  const late: number[] = [];
  const sum = { ended: 0, notRun: 0, lastRungs: 0, worstOverrunMs: 0 };
  for (let trial = 0; trial < trials; trial += 1) {
    const { kind, source, overrunMs } = await runTrial(seed, trial);
    if (kind === 'ended') sum.ended += 1;
    else sum.notRun += 1;
    if (source === 'default') sum.lastRungs += 1;
    sum.worstOverrunMs = Math.max(sum.worstOverrunMs, overrunMs);
    if (overrunMs > DEADLINE_SLACK_MS) late.push(trial);
  }
  return { trials, ...sum, late };
};

const runTrial = async (seed: number, trial: number) => {
  const random = seededRandom(Math.imul(seed, 1_000_003) + trial);
  const scheduler = createScheduler(START_MS);
  const job = drawTrialJob(random, trial);
  const remainingMs = random.between(20_000, LAMBDA_MS);
  let finishedAtMs = START_MS;
  const onFinish = () => {
    finishedAtMs = scheduler.clock.now();
  };
  const running = processJob(portsOf(random, scheduler, onFinish), job, {
    receives: 1,
    receivesLeft: 199,
    remainingMs: () => remainingMs - (scheduler.clock.now() - START_MS),
    reserveMs: random.between(2_000, 8_000),
    lastRungs: { when: random.pick(['at-once', 'at-deadline']), defaultAnswer: 'default' },
    tier: random.pick(serviceTiers),
  });
  let isOver = false;
  void running.then(() => {
    isOver = true;
  });
  await scheduler.runUntil(() => isOver);
  const outcome = await running;
  if (outcome.kind !== 'ended' || outcome.ending.status === 'expired')
    return { kind: 'not-run', overrunMs: 0 };
  const overrunMs = Math.max(finishedAtMs - job.deadlineAtMs, 0);
  const { ending } = outcome;
  const source = ending.status === 'succeeded' ? ending.answer.source : ending.status;
  return { kind: 'ended', source, overrunMs };
};

/** Deadlines from "hardly worth starting" to "longer than any chain". */
const drawTrialJob = (random: Random, trial: number): Job => {
  const workload = { jobs: 1, users: 5, jobsPerSecond: 1, shortDeadlineShare: 0, sentTwiceShare: 0 };
  const job = drawJob(random, trial, START_MS, workload);
  const forMs = Math.round(1_000 * Math.exp(random.next() * Math.log(200)));
  return { ...job, deadlineAtMs: START_MS + forMs };
};

/** A store that takes up to 20 ms each way, as one in the same region does on a bad day. */
const portsOf = (random: Random, scheduler: Scheduler, onFinish: () => void): RunPorts => {
  const { clock } = scheduler;
  const network = simulatedNetwork(scheduler, random, healthyStore);
  const via = <Result>(request: () => Promise<Result>) => network(immortal, request);
  const fleet = inMemoryFleetStore(clock.now);
  const jobs = inMemoryAnswers(clock.now);
  const starts = inMemoryUserStarts(10);
  const shared = {
    clock,
    chance: { random: random.next, newId: () => random.hex(8) },
    store: {
      list: (family: string) => via(() => fleet.list(family)),
      replace: (...change: Parameters<typeof fleet.replace>) => via(() => fleet.replace(...change)),
    },
  };
  return {
    ...shared,
    store: {
      claim: (request) => via(() => jobs.claim(request)),
      check: (...given) => via(() => jobs.check(...given)),
      finish: (...given) => {
        onFinish();
        return via(() => jobs.finish(...given));
      },
      release: (...given) => via(() => jobs.release(...given)),
      findAnswer: (...given) => via(() => jobs.findAnswer(...given)),
    },
    catalogue: drawCatalogue(random),
    onMinorRisk: async () => {},
    demands: { consentRef: false, disclosed: false },
    userStarts: { start: (...given) => via(() => starts.start(...given)) },
    circuits: createCircuits(shared),
    quotas: createQuotas({ ...shared, lane: 'critical', quotas: [] }),
    budgets: createBudgets({
      ...shared,
      lane: 'critical',
      rules: noBudgets,
      hashOf: (tenantId) => tenantId,
      totalOf: async () => 0,
      onRebuilt: async () => {},
      onWarning: async () => {},
    }),
    latencies: createLatencies(shared),
    vault: networked(inMemoryVault(clock.now), via),
    models: {
      providers: new Set(providerNames),
      prepare: async () => {},
      complete: drawProviders(random, scheduler),
    },
  };
};

const healthyStore = { throttledShare: 0, lostReplyShare: 0, slowestMs: 20, outages: [] };
const immortal: Process = { isAlive: () => true, onRequest: () => {} };

const drawCatalogue = (random: Random): Catalogue => ({
  'gpt-5': drawModel(random, 'gpt-5'),
  'gpt-5-mini': drawModel(random, 'gpt-5-mini'),
  'gpt-5-nano': drawModel(random, 'gpt-5-nano'),
  claude: drawModel(random, 'claude'),
});

const drawModel = (random: Random, name: ModelName): LogicalModel => ({
  timeoutMs: random.between(1_000, 60_000),
  silence: {
    firstEventMs: random.between(200, 20_000),
    betweenEventsMs: {
      minimal: random.between(500, 60_000),
      low: random.between(500, 60_000),
      medium: random.between(500, 60_000),
      high: random.between(500, 60_000),
    },
  },
  fallbacks: modelNames.filter((other) => other !== name && random.chance(0.6)),
  offers: providerNames
    .filter(() => random.chance(0.7))
    .map((provider) => ({ provider, modelId: name, prices: [FREE] })),
});

/** Money plays no part in deadlines. */
const nothing = { input: 0, cachedInput: 0, output: 0 };
const FREE: PriceList = { from: '2026-01-01', tiers: { default: nothing, priority: nothing, flex: nothing } };

type Temper = 'answers' | 'silent' | 'stalls' | 'endless' | 'fails' | 'throttles' | 'deaf';
const tempers: readonly [Temper, ...Temper[]] = [
  'answers',
  'silent',
  'stalls',
  'endless',
  'fails',
  'throttles',
  'deaf',
];

/** Each provider has one temper for the whole of a trial, and its own pace. */
const drawProviders = (random: Random, scheduler: Scheduler) => {
  const temperOf = new Map<ProviderName, Temper>(providerNames.map((name) => [name, random.pick(tempers)]));
  return async (provider: ProviderName, { tier }: ModelRequest, watch: CallWatch): Promise<ModelReply> => {
    const paceMs = Math.round(50 * Math.exp(random.next() * Math.log(1_000)));
    const temper = temperOf.get(provider) ?? 'answers';
    const stopped = new Promise<ModelReply>((resolve) => {
      if (temper !== 'deaf') watch.signal.addEventListener('abort', () => resolve(failed('timeout')));
    });
    return Promise.race([stopped, act({ temper, paceMs, tier }, scheduler, watch, random)]);
  };
};

const act = async (
  { temper, paceMs, tier }: { temper: Temper; paceMs: number; tier: ServiceTier },
  { sleep }: Scheduler,
  watch: CallWatch,
  random: Random,
): Promise<ModelReply> => {
  if (temper === 'silent' || temper === 'deaf') return new Promise(() => {});
  await sleep(paceMs);
  if (temper === 'fails') return failed('provider-error');
  if (temper === 'throttles') {
    const failure = {
      kind: 'throttled',
      code: tier === 'flex' ? 'capacity' : 'rate-limited',
      retryAfterMs: random.between(0, 20_000),
    } as const;
    return { kind: 'failure', failure };
  }
  watch.heard();
  if (temper === 'stalls') return new Promise(() => {});
  while (temper === 'endless' && !watch.signal.aborted) {
    await sleep(paceMs);
    watch.heard();
  }
  await sleep(paceMs);
  return { kind: 'answer', text: 'answer', usage, servedTier: 'default' };
};

const usage = {
  inputTokens: 10,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 10,
  reasoningTokens: 0,
};

const failed = (code: string): ModelReply => ({ kind: 'failure', failure: { kind: 'transient', code } });
