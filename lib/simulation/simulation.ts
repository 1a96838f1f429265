import { endOfOutcome } from '../pipeline/dispatch/end-of-outcome.ts';
import { type Outcome, processJob } from '../pipeline/dispatch/process-job.ts';
import type { Quota } from '../pipeline/fleet/quota.ts';
import type { Job } from '../pipeline/job/job.ts';
import { type LaneName, laneNames } from '../pipeline/job/lane.ts';
import type { Catalogue } from '../pipeline/model/catalogue.ts';
import { defaultCatalogue } from '../pipeline/model/default-catalogue.ts';
import type { ServiceTier, Usage } from '../pipeline/model/model.ts';
import type { BudgetRules } from '../pipeline/money/budget.ts';
import { costOf } from '../pipeline/money/price.ts';
import { seededRandom } from '../seeded-random.ts';
import type { History, HistoryEvent } from './history.ts';
import { inMemoryAnswers } from './in-memory-answers.ts';
import { inMemoryFleetStore } from './in-memory-fleet-store.ts';
import { inMemoryUserStarts } from './in-memory-user-starts.ts';
import { inMemoryVault } from './in-memory-vault.ts';
import { createScheduler } from './scheduler.ts';
import { type Environment, type PlantedBug, startEnvironment, type World } from './simulated-environment.ts';
import { drawJob, userOf, type Workload } from './simulated-jobs.ts';
import { keepLedger } from './simulated-ledger.ts';
import { never, type StoreFaults, simulatedNetwork } from './simulated-network.ts';
import { type ProviderFaults, simulatedProviders } from './simulated-providers.ts';
import { type Receipt, simulatedQueue } from './simulated-queue.ts';

export type SimulationOptions = {
  seed: number;
  workload: Workload;
  store: StoreFaults;
  providers: ProviderFaults;
  quotas: readonly Quota[];
  budgets: BudgetRules;
  catalogue?: Catalogue;
  /** How likely an environment dies during a delivery. */
  killShare: number;
  /** How likely a delivery is made twice. */
  duplicateShare: number;
  /** A fault of our own, to prove that the checker finds it. */
  plantedBug?: PlantedBug;
};

export type SimulationResult = {
  history: History;
  /** Events of virtual time: requests, timers, deliveries. */
  steps: number;
  fleetWrites: number;
  virtualMs: number;
};

const USER_STARTS_PER_MINUTE = 10;

/** Environments and jobs at a time in each, as the stages have them. */
const lanes: Readonly<Record<LaneName, { environments: number; parallelism: number; tier: ServiceTier }>> = {
  critical: { environments: 10, parallelism: 1, tier: 'priority' },
  high: { environments: 8, parallelism: 2, tier: 'default' },
  medium: { environments: 5, parallelism: 2, tier: 'default' },
  low: { environments: 3, parallelism: 3, tier: 'flex' },
};

const START_MS = Date.parse('2026-11-22T12:00:00Z');
const VISIBILITY_MS = 180_000;
const MAX_RECEIVES = 200;
const LAMBDA_MS = 150_000;
const RESERVE_MS = 8_000;

/** The longest wait after an error that nobody expected, in ms. */
const ERROR_BACKOFF_MS = 10_000;

/** Sends jobs into four lanes and lets the fleet work them off, in virtual time. The same options give the same history. */
export const simulate = async (options: SimulationOptions): Promise<SimulationResult> => {
  const world = createWorld(options);
  for (const lane of laneNames) {
    for (let count = 0; count < lanes[lane].environments; count += 1) runEnvironment(world, lane);
  }
  void keepLedger(world);
  void sendAll(world, options.workload);
  await world.scheduler.runUntil(() => isOver(world, options.workload));
  return {
    history: world.history,
    steps: world.scheduler.steps(),
    fleetWrites: world.fleet.writes(),
    virtualMs: world.scheduler.clock.now() - START_MS,
  };
};

const createWorld = (options: SimulationOptions): World => {
  const random = seededRandom(options.seed);
  const scheduler = createScheduler(START_MS);
  const history: HistoryEvent[] = [];
  const record = (event: HistoryEvent) => {
    history.push(event);
  };
  const { now } = scheduler.clock;
  const queue = (lane: LaneName) =>
    simulatedQueue(scheduler, seededRandom(options.seed * 31 + laneNames.indexOf(lane)), {
      visibilityMs: VISIBILITY_MS,
      maxReceives: MAX_RECEIVES,
      duplicateShare: options.duplicateShare,
      onDead: ({ job, receives }) =>
        record({ atMs: now(), kind: 'dead-lettered', jobId: job.jobId, receives }),
    });
  const inWorldTime = options.providers.outages.map((it) => ({
    ...it,
    fromMs: START_MS + it.fromMs,
    untilMs: START_MS + it.untilMs,
  }));
  const providers = { ...options.providers, outages: inWorldTime };
  const catalogue = options.catalogue ?? defaultCatalogue;
  const storeOutages = options.store.outages.map((it) => ({
    fromMs: START_MS + it.fromMs,
    untilMs: START_MS + it.untilMs,
  }));
  return {
    options,
    scheduler,
    random,
    history,
    record,
    sent: 0,
    environments: 0,
    queues: { critical: queue('critical'), high: queue('high'), medium: queue('medium'), low: queue('low') },
    store: inMemoryAnswers(now),
    fleet: inMemoryFleetStore(now),
    userStarts: inMemoryUserStarts(USER_STARTS_PER_MINUTE),
    vault: inMemoryVault(now),
    network: simulatedNetwork(scheduler, random, { ...options.store, outages: storeOutages }),
    providers: simulatedProviders({
      scheduler,
      random,
      faults: providers,
      record,
      costOf: (modelId, usage) => costAt(catalogue, modelId, usage, now()),
    }),
    catalogue,
  };
};

/** What a provider bills for a call, in micro-dollars. */
const costAt = (catalogue: Catalogue, modelId: string, usage: Usage, nowMs: number): number => {
  const offer = Object.values(catalogue)
    .flatMap(({ offers }) => offers)
    .find((it) => it.modelId === modelId);
  return offer === undefined ? 0 : costOf(offer.prices, usage, 'default', nowMs).microUsd;
};

const isOver = ({ sent, queues, providers }: World, { jobs }: Workload): boolean =>
  sent === jobs && providers.inFlight() === 0 && laneNames.every((lane) => queues[lane].waiting() === 0);

const sendAll = async (world: World, workload: Workload): Promise<void> => {
  const { random, scheduler } = world;
  for (let index = 1; index <= workload.jobs; index += 1) {
    await scheduler.sleep((-Math.log(1 - random.next()) * 1000) / workload.jobsPerSecond);
    const job = drawJob(random, index, scheduler.clock.now(), workload);
    send(world, job);
    if (random.chance(workload.sentTwiceShare)) send(world, job);
    world.sent += 1;
  }
};

const send = ({ record, queues, scheduler }: World, job: Job): void => {
  const { allowedProcessors } = job.message;
  record({
    atMs: scheduler.clock.now(),
    kind: 'sent',
    jobId: job.jobId,
    lane: job.lane,
    user: userOf(job),
    deadlineAtMs: job.deadlineAtMs,
    ...(allowedProcessors && { allowedProcessors }),
  });
  queues[job.lane].send(job);
};

/** An environment works until it dies, and then another takes its place. */
const runEnvironment = (world: World, lane: LaneName): void => {
  const environment = startEnvironment(world, lane, () => runEnvironment(world, lane));
  for (let slot = 0; slot < lanes[lane].parallelism; slot += 1) void workOff(world, environment);
};

const workOff = async (world: World, environment: Environment): Promise<void> => {
  const queue = world.queues[environment.lane];
  while (environment.process.isAlive()) {
    const receipt = await queue.receive();
    if (!environment.process.isAlive()) {
      queue.sendBack(receipt, 0); // nobody has received it
      return;
    }
    await deliver(world, environment, receipt);
  }
};

const deliver = async (world: World, environment: Environment, receipt: Receipt): Promise<void> => {
  const { scheduler, record } = world;
  const { job, receives } = receipt;
  const at = () => ({ atMs: scheduler.clock.now(), jobId: job.jobId, environment: environment.id });
  const queue = world.queues[environment.lane];
  record({ ...at(), kind: 'delivered', receives });
  environment.mayDie();
  const acknowledge = () => {
    record({ ...at(), kind: 'acknowledged' });
    queue.acknowledge(receipt);
  };
  if (world.options.plantedBug === 'acknowledge-first') acknowledge();
  const outcome = await attempt(world, environment, receipt);
  if (!environment.process.isAlive()) return never();
  const isOver = await tellOf(world, environment, job, outcome);
  if (!environment.process.isAlive()) return never();
  if (isOver) return acknowledge();
  const delayMs =
    outcome.kind === 'deferred' ? outcome.delayMs : world.random.next() * ERROR_BACKOFF_MS * receives;
  const reason = outcome.kind === 'deferred' ? outcome.reason : outcome.kind;
  record({ ...at(), kind: 'sent-back', reason, delayMs });
  queue.sendBack(receipt, Math.ceil(delayMs / 1000) * 1000);
};

type Delivered = Outcome | { kind: 'threw' };

/** Whether the job is over and that is known. */
const tellOf = async (
  { options }: World,
  environment: Environment,
  job: Job,
  outcome: Delivered,
): Promise<boolean> => {
  const end = outcome.kind === 'threw' ? undefined : endOfOutcome(job, outcome);
  if (end === undefined) return false;
  if (outcome.kind === 'duplicate' && options.plantedBug === 'untold-duplicates') return true;
  return environment.tell(end).then(
    () => true,
    () => false,
  );
};

const attempt = async (
  world: World,
  environment: Environment,
  { job, receives }: Receipt,
): Promise<Delivered> => {
  const startedAtMs = world.scheduler.clock.now();
  try {
    return await processJob(environment.portsFor(job), environment.seenBy(job), {
      receives,
      receivesLeft: MAX_RECEIVES - receives,
      remainingMs: () => LAMBDA_MS - (world.scheduler.clock.now() - startedAtMs),
      reserveMs: RESERVE_MS,
      lastRungs: {
        when: environment.lane === 'critical' || environment.lane === 'high' ? 'at-once' : 'at-deadline',
        defaultAnswer: 'default',
      },
      tier: lanes[environment.lane].tier,
    });
  } catch {
    return { kind: 'threw' };
  }
};
