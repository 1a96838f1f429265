import { backoffMs } from '../backoff.ts';
import type { Past } from '../job/claim.ts';
import type { EndOfRow } from '../job/completion-event.ts';
import type { Attempt, Ending, FailureReason, ReceivedJob } from '../job/job.ts';
import type { ServiceTier } from '../model/model.ts';
import type { Trail } from '../ports.ts';
import { chainMs, type Rung } from './chain.ts';
import { LEAST_RERUN_MS, type RunBudget, runBudget } from './deadline.ts';
import { deferred, end, endErased, fail, release, SPREAD_MS, settled } from './end-run.ts';
import { lastRungs } from './last-rungs.ts';
import { unlawfulness } from './lawful.ts';
import { paceMs } from './pace.ts';
import {
  isBillable,
  lacksMoney,
  type Owned,
  type Run,
  type RunPorts,
  startRun,
  trailOf,
  type Wait,
} from './run.ts';
import { type ChainResult, chainFor, runChain } from './run-chain.ts';
import { LONGEST_DELAY_SECONDS } from './timeout-lattice.ts';
import { unseal } from './unseal.ts';

/** What became of one delivery of a job. `deferred` and `unwritten` go back to the lane. */
export type Outcome = RunOutcome & {
  /** What earlier runs have left for the accounts; absent when there is nothing. */
  past?: Past;
};

type RunOutcome =
  | ({ kind: 'ended'; ending: Ending; endedAtMs: number } & Trail)
  | { kind: 'duplicate'; end: EndOfRow }
  | ({ kind: 'deferred'; reason: DeferralReason; delayMs: number } & Trail)
  | { kind: 'unwritten'; error: unknown; attempts: readonly Attempt[] }; // the store failed after the call

export type DeferralReason =
  | 'no-room' // too little of this invocation is left
  | 'held' // another worker has the job
  | 'no-model' // no model answers now, and the job has time
  | Wait['reason'];

/** How a lane's jobs end when no model answers. */
export type LastRungs = {
  /** `at-once`: a person waits, so the cached or default answer is given; `at-deadline`: a model's answer is worth waiting for. */
  when: 'at-once' | 'at-deadline';
  defaultAnswer: string;
};

/** One delivery of a job to one invocation of the worker. */
export type Delivery = {
  /** How often the message has been received, this time included. */
  receives: number;
  /** Receives that SQS still allows before it takes the message for poison. */
  receivesLeft: number;
  /** What Lambda has left for this invocation, in ms. */
  remainingMs: () => number;
  /** What must be left of it to write a result, and the longest that any one write may take, in ms. */
  reserveMs: number;
  lastRungs: LastRungs;
  /** The service tier of the lane. */
  tier: ServiceTier;
};

/** Runs down the chain that a provider may bill one job for. */
export const MAX_RUNS = 3;

/** Waits for models that do not answer, and for a store that is down: longer each time, spread over all of it. */
const RUN_BACKOFF = { baseMs: 2_500, ceilingMs: LONGEST_DELAY_SECONDS * 1000 };

/** A lease is long for the worst case, and most jobs end well before it: a duplicate looks again sooner, then later. */
const HELD_BASE_MS = 1_000;

/** A person who waits is served by a lesser model rather than in minutes. In ms. */
const quotaPatienceMs: Readonly<Record<LastRungs['when'], number>> = {
  'at-once': 10_000,
  'at-deadline': Number.POSITIVE_INFINITY,
};

/** The more often a job has come, the wider its redeliveries are spread. In ms. */
const WIDEST_SPREAD_MS = 30_000;

/** Takes one delivery of a job as far as it can go. Throws only when the store does, and nothing was called by then. */
export const processJob = async (ports: RunPorts, job: ReceivedJob, delivery: Delivery): Promise<Outcome> => {
  const chain = chainFor(ports.catalogue, job, delivery.tier);
  const planned = budgetFor(ports, job, chain, delivery);
  if (planned.kind === 'no-room') return deferred('no-room', 0);
  const nowMs = ports.clock.now();
  const claimId = ports.chance.newId();
  const leaseUntilMs = nowMs + leaseMs(planned, chain, nowMs, delivery);
  const claim = await ports.store.claim({ job, claimId, nowMs, leaseUntilMs });
  switch (claim.kind) {
    case 'ended':
      return { kind: 'duplicate', end: claim.end, ...(claim.past && { past: claim.past }) };
    case 'held': {
      const leaseLeftMs = Math.max(claim.untilMs - nowMs, 0);
      const delayMs = Math.min(leaseLeftMs, HELD_BASE_MS * 2 ** delivery.receives);
      return deferred('held', delayMs + ports.chance.random() * SPREAD_MS);
    }
    case 'won': {
      const outcome = await work(ports, { job, claimId, runsBefore: claim.runsBefore }, chain, delivery);
      return { ...outcome, ...(claim.past && { past: claim.past }) };
    }
  }
};

/** The run, and a reserve on either side of it: for a slow claim before and for the result after. */
const leaseMs = (
  planned: RunBudget,
  chain: readonly Rung[],
  nowMs: number,
  { reserveMs }: Delivery,
): number => {
  const runMs = planned.kind === 'start' ? Math.min(chainMs(chain), planned.endAtMs - nowMs) : 0;
  return reserveMs + runMs + reserveMs;
};

const budgetFor = (
  { clock }: RunPorts,
  job: ReceivedJob,
  [first]: readonly [Rung, ...Rung[]],
  delivery: Delivery,
): RunBudget =>
  runBudget({
    nowMs: clock.now(),
    deadlineAtMs: job.deadlineAtMs,
    firstRungMs: first.timeoutMs,
    laterRungsMs: first.laterRungsMs,
    remainingMs: delivery.remainingMs(),
    reserveMs: delivery.reserveMs,
  });

type Claimed = { job: ReceivedJob; claimId: string; runsBefore: number };

/** Nothing is done for a job whose content is not to be read: a job that is restricted keeps it, and may be run later. */
const work = async (
  ports: RunPorts,
  claimed: Claimed,
  chain: readonly [Rung, ...Rung[]],
  delivery: Delivery,
): Promise<Outcome> => {
  const clearedAtMs = ports.clock.now();
  const unsealed = await orLetGo(ports, { ...claimed, ...nothing() }, unseal(ports, claimed.job));
  switch (unsealed.kind) {
    case 'unavailable':
      return release(ports, { ...claimed, ...nothing() }, 'store-unavailable', runBackoffMs(ports, delivery));
    case 'erased':
      return endErased(ports, { ...claimed, ...nothing() }, delivery);
    case 'opened': {
      const { job, ring, standing } = unsealed;
      const run = begin(ports, { ...claimed, job, ring, clearedAtMs }, chain, delivery);
      if (job.message.contentRating === 'minor-risk') return stop(ports, run, delivery);
      const against = standing === 'clear' ? unlawfulness(job.message, ports.demands) : standing;
      return against === undefined ? goOn(ports, run, chain, delivery) : fail(ports, run, delivery, against);
    }
  }
};

const nothing = () => ({ attempts: [], skips: [], reports: [] });

/** The claim and the keys took time, so what is left is asked again. */
const begin = (
  ports: RunPorts,
  opened: Pick<Owned, 'job' | 'ring' | 'clearedAtMs' | 'claimId' | 'runsBefore'>,
  chain: readonly [Rung, ...Rung[]],
  delivery: Delivery,
): Run => {
  const budget = budgetFor(ports, opened.job, chain, delivery);
  return startRun({
    ...opened,
    endAtMs: budget.kind === 'start' ? budget.endAtMs : ports.clock.now(),
    quotaPatienceMs: quotaPatienceMs[delivery.lastRungs.when],
    tier: delivery.tier,
    chainMs: chainMs(chain),
  });
};

const goOn = async (
  ports: RunPorts,
  run: Run,
  chain: readonly [Rung, ...Rung[]],
  delivery: Delivery,
): Promise<Outcome> => {
  switch (budgetFor(ports, run.job, chain, delivery).kind) {
    case 'deadline-passed':
      return end(ports, run, delivery, { status: 'expired', reason: 'deadline-passed' });
    case 'no-room':
      return release(ports, run, 'no-room', 0);
    case 'start':
      if (run.runsBefore >= MAX_RUNS) return endWithout(ports, run, delivery, 'attempts-exhausted');
      return afterChain(ports, run, delivery, await orLetGo(ports, run, runChain(ports, run, chain)));
  }
};

/** Nobody is asked, and a person is told first: a job whose alert failed comes back, and is told of then. */
const stop = async (ports: RunPorts, run: Run, delivery: Delivery): Promise<Outcome> => {
  await orLetGo(ports, run, ports.onMinorRisk());
  return fail(ports, run, delivery, 'minor-risk');
};

/** An error of ours must not hold the job until its lease ends: it may be past its deadline by then. */
const orLetGo = <Result>(
  ports: RunPorts,
  run: Claimed & Pick<Run, 'attempts' | 'skips'>,
  running: Promise<Result>,
): Promise<Result> =>
  running.catch(async (error: unknown) => {
    const billable = isBillable(run);
    await settled(ports.store.release(run.job, run.claimId, { ...trailOf(run), billable }));
    throw error;
  });

const afterChain = async (
  ports: RunPorts,
  run: Run,
  delivery: Delivery,
  result: ChainResult,
): Promise<Outcome> => {
  switch (result.kind) {
    case 'answered':
      return end(ports, run, delivery, { status: 'succeeded', answer: result.answer });
    case 'final':
      return fail(ports, run, delivery, result.failure.kind);
    case 'nobody':
      return fail(ports, run, delivery, result.reason);
    case 'wait':
      return wait(ports, run, delivery, result.wait);
    case 'barred':
      return result.standing === 'erased'
        ? endErased(ports, run, delivery)
        : fail(ports, run, delivery, result.standing);
    case 'exhausted':
      return whenExhausted(ports, run, delivery);
  }
};

/** Excess waits its turn. A job that cannot wait that long comes back at its deadline, and ends `expired`. */
const wait = (ports: RunPorts, run: Run, delivery: Delivery, asked: Wait): Promise<Outcome> => {
  const { reason, delayMs, atMostMs = Infinity } = asked;
  const turnMs = turnOf(ports, delivery, asked);
  const untilDeadlineMs = Math.max(run.job.deadlineAtMs - ports.clock.now(), 0);
  const latestMs = untilDeadlineMs - LEAST_RERUN_MS;
  const patientMs = Math.max(turnMs, paceMs(untilDeadlineMs, delivery));
  return release(
    ports,
    run,
    reason,
    Math.min(delayMs, atMostMs) > latestMs || latestMs < LEAST_RERUN_MS
      ? untilDeadlineMs
      : Math.min(patientMs, latestMs, atMostMs),
  );
};

/** When the job's turn comes: where nobody says so, after longer and longer. */
const turnOf = (ports: RunPorts, delivery: Delivery, { reason, delayMs }: Wait): number => {
  const spreadMs = (times: number) => ports.chance.random() * Math.min(SPREAD_MS * times, WIDEST_SPREAD_MS);
  switch (reason) {
    case 'store-unavailable':
      return runBackoffMs(ports, delivery);
    case 'flex':
      return Math.max(runBackoffMs(ports, delivery), delayMs);
    case 'user-limit': // whoever has waited once is alone, most of the time
      return delayMs + spreadMs(delivery.receives - 1);
    case 'quota':
    case 'lost':
      return delayMs + spreadMs(delivery.receives);
  }
};

const runBackoffMs = ({ chance }: RunPorts, { receives }: Delivery): number =>
  backoffMs(receives, RUN_BACKOFF, chance.random);

/**
 * A lane that waits does so for as long as another run still fits, with what is then left for the last rungs. For money
 * none waits: a new day's may be hours away. Who has spent nothing learns that; who has, is not left without an answer.
 */
const whenExhausted = (ports: RunPorts, run: Run, delivery: Delivery): Promise<Outcome> => {
  const soonestMs = Number.isFinite(run.soonestMs) ? run.soonestMs : 0;
  const latestMs = run.job.deadlineAtMs - ports.clock.now() - LEAST_RERUN_MS;
  const hasRuns = !isBillable(run) || run.runsBefore + 1 < MAX_RUNS;
  if (lacksMoney(run))
    return isBillable(run)
      ? endWithout(ports, run, delivery, 'budget-exhausted')
      : fail(ports, run, delivery, 'budget-exhausted');
  if (delivery.lastRungs.when === 'at-once' || soonestMs >= latestMs || !hasRuns)
    return endWithout(ports, run, delivery, run.lastFailure?.kind ?? 'unavailable');
  const backoff = Math.max(runBackoffMs(ports, delivery), soonestMs, paceMs(latestMs, delivery));
  return release(ports, run, 'no-model', Math.min(backoff, latestMs));
};

/** Ends a job without a model's answer. */
const endWithout = async (
  ports: RunPorts,
  run: Run,
  delivery: Delivery,
  reason: FailureReason,
): Promise<Outcome> =>
  end(ports, run, delivery, await lastRungs(ports, run, delivery.lastRungs.defaultAnswer, reason));
