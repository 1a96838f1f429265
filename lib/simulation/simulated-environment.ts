import type { RunPorts } from '../pipeline/dispatch/run.ts';
import { createCircuits } from '../pipeline/fleet/circuits.ts';
import { createLatencies } from '../pipeline/fleet/latencies.ts';
import { createQuotas } from '../pipeline/fleet/quotas.ts';
import type { ClaimRequest, Written } from '../pipeline/job/claim.ts';
import { completionEventOf, type EndedJob } from '../pipeline/job/completion-event.ts';
import type { Ending, Job, ReceivedJob } from '../pipeline/job/job.ts';
import type { LaneName } from '../pipeline/job/lane.ts';
import type { Catalogue } from '../pipeline/model/catalogue.ts';
import { noBudgets } from '../pipeline/money/budget.ts';
import { createBudgets } from '../pipeline/money/budgets.ts';
import type { EndRecord, FleetStore, JobStore, SubjectVault, UserStarts } from '../pipeline/ports.ts';
import type { Random } from '../seeded-random.ts';
import type { HistoryEvent, WrittenEnding } from './history.ts';
import type { inMemoryAnswers } from './in-memory-answers.ts';
import type { inMemoryFleetStore } from './in-memory-fleet-store.ts';
import { networked } from './in-memory-vault.ts';
import type { Scheduler } from './scheduler.ts';
import { spentBefore } from './simulated-ledger.ts';
import { never, type Process, type simulatedNetwork } from './simulated-network.ts';
import type { simulatedProviders } from './simulated-providers.ts';
import type { SimulatedQueue } from './simulated-queue.ts';
import type { SimulationOptions } from './simulation.ts';

/** Faults of our own that a checker must find. */
export const plantedBugs = [
  'acknowledge-first',
  'unfenced-endings',
  'ignored-leases',
  'deaf-to-deadlines',
  'uncounted-starts',
  'bottomless-budgets',
  'hasty-corrections',
  'untold-duplicates',
] as const;
export type PlantedBug = (typeof plantedBugs)[number];

/** What all environments of a run share. */
export type World = {
  options: SimulationOptions;
  scheduler: Scheduler;
  random: Random;
  history: HistoryEvent[];
  record(event: HistoryEvent): void;
  sent: number;
  environments: number;
  queues: Readonly<Record<LaneName, SimulatedQueue>>;
  store: ReturnType<typeof inMemoryAnswers>;
  fleet: ReturnType<typeof inMemoryFleetStore>;
  userStarts: UserStarts;
  vault: SubjectVault;
  network: ReturnType<typeof simulatedNetwork>;
  providers: ReturnType<typeof simulatedProviders>;
  catalogue: Catalogue;
};

/** A worker's process, which dies when it is told to. */
export type Environment = {
  id: number;
  lane: LaneName;
  process: Process;
  /** Draws whether the environment dies during the delivery that begins. */
  mayDie(): void;
  /** Publishes the news of a job's end; rejects when the topic did not answer. */
  tell(end: EndedJob): Promise<void>;
  portsFor(job: Job): RunPorts;
  /** The job as this environment understands it. */
  seenBy(job: Job): Job;
};

const LONGER_THAN_ANY_LEASE_MS = 3_600_000;

/** Requests of a delivery, from the claim to the news of the end: the places where a process may die. */
const LAST_REQUEST = 10;

export const startEnvironment = (world: World, lane: LaneName, onDeath: () => void): Environment => {
  world.environments += 1;
  const id = world.environments;
  let isAlive = true;
  let requestsLeft = Infinity;
  const die = () => {
    isAlive = false;
    world.record({ atMs: world.scheduler.clock.now(), kind: 'environment-killed', environment: id });
    onDeath();
  };
  const process: Process = {
    isAlive: () => isAlive,
    onRequest: () => {
      requestsLeft -= 1;
      if (isAlive && requestsLeft < 0) die();
    },
  };
  return {
    id,
    lane,
    process,
    mayDie: () => {
      if (world.random.chance(world.options.killShare))
        requestsLeft = Math.min(requestsLeft, world.random.between(0, LAST_REQUEST));
    },
    ...portsOf(world, id, lane, process),
  };
};

const portsOf = (world: World, id: number, lane: LaneName, process: Process) => {
  const { scheduler, random, options } = world;
  const via: Via = (request, forMs) => world.network(process, request, forMs);
  const fleet: FleetStore = {
    list: (family) => via(() => world.fleet.list(family)),
    replace: (key, version, value, keepMs) => via(() => world.fleet.replace(key, version, value, keepMs)),
  };
  const shared = {
    clock: scheduler.clock,
    chance: { random: random.next, newId: () => `id-${random.hex(12)}` },
    catalogue: world.catalogue,
    store: storeOf(world, id, via),
    userStarts: userStartsOf(world, via),
    vault: networked(world.vault, via),
  };
  const stateful = {
    circuits: createCircuits({ ...shared, store: fleet }),
    quotas: createQuotas({ ...shared, store: fleet, lane, quotas: options.quotas }),
    budgets: createBudgets({
      ...shared,
      store: fleet,
      lane,
      rules: options.plantedBug === 'bottomless-budgets' ? noBudgets : options.budgets,
      hashOf: (tenantId) => tenantId,
      totalOf: (tenantId) =>
        via(async () => spentBefore(world.history, scheduler.clock.now()).get(tenantId) ?? 0),
      onRebuilt: async () => {},
      onWarning: async () => {},
    }),
    latencies: createLatencies({ ...shared, store: fleet }),
  };
  const portsFor = ({ jobId }: Job): RunPorts => ({
    ...shared,
    ...stateful,
    onMinorRisk: async () => {},
    demands: { consentRef: false, disclosed: false },
    models: {
      providers: new Set(['azure-openai', 'openai', 'anthropic']),
      prepare: async () => {},
      complete: (provider, { modelId }, watch) => {
        process.onRequest();
        if (!process.isAlive()) return never();
        const caller = { environment: id, jobId, isAlive: process.isAlive };
        return world.providers.complete(provider, modelId, watch, caller).then((reply) => {
          process.onRequest(); // the place where a death costs most
          return process.isAlive() ? reply : never();
        });
      },
    },
  });
  const seenBy = (job: Job): Job =>
    options.plantedBug === 'deaf-to-deadlines' ? { ...job, deadlineAtMs: job.deadlineAtMs + 60_000 } : job;
  return { portsFor, seenBy, tell: (end: EndedJob) => via(async () => tell(world, end)) };
};

/** As good an id as any here: one text for one ending. */
const tell = ({ record, scheduler }: World, end: EndedJob): void => {
  const { eventId, jobId, status } = completionEventOf(end, (text) => text);
  record({ atMs: scheduler.clock.now(), kind: 'end-told', jobId, eventId, status });
};

type Via = <Result>(request: () => Promise<Result>, forMs?: number) => Promise<Result>;

const storeOf = (world: World, environment: number, via: Via): JobStore => {
  const { store, record, scheduler, options } = world;
  const finish = async (job: ReceivedJob, claimId: string, given: EndRecord): Promise<Written> => {
    const isUnfenced = options.plantedBug === 'unfenced-endings';
    const before = store.row(job.message.tenantId, job.jobId)?.ending;
    const written = await store.finish(job, claimId, given, 0);
    const after = store.row(job.message.tenantId, job.jobId)?.ending;
    if (before !== after || isUnfenced) {
      const ending = writtenEnding(given.ending);
      record({ atMs: scheduler.clock.now(), kind: 'ending-written', jobId: job.jobId, environment, ending });
    }
    return isUnfenced ? 'written' : written;
  };
  const claim = (request: ClaimRequest) => {
    const farAhead = { ...request, nowMs: request.nowMs + LONGER_THAN_ANY_LEASE_MS };
    return store.claim(options.plantedBug === 'ignored-leases' ? farAhead : request);
  };
  return {
    claim: (request) => via(() => claim(request)),
    check: (job, claimId) => via(() => store.check(job, claimId)),
    finish: (job, claimId, given, forMs) => via(() => finish(job, claimId, given), forMs),
    release: (job, claimId, given) => via(() => store.release(job, claimId, given)),
    findAnswer: (job, signal) => via(() => store.findAnswer(job, signal)),
  };
};

const userStartsOf = ({ userStarts, options }: World, via: Via): UserStarts => ({
  start: (user, nowMs) =>
    options.plantedBug === 'uncounted-starts'
      ? Promise.resolve({ kind: 'started' })
      : via(() => userStarts.start(user, nowMs)),
});

const writtenEnding = (ending: Ending): WrittenEnding => {
  switch (ending.status) {
    case 'succeeded':
      return { status: 'succeeded', source: ending.answer.source, text: ending.answer.text };
    case 'failed':
      return { status: 'failed', reason: ending.reason };
    case 'expired':
    case 'canceled':
      return { status: ending.status };
  }
};
