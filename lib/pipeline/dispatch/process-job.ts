import { backoffMs } from '../backoff.ts';
import type { Past, Written } from '../job/claim.ts';
import type { EndOfRow } from '../job/completion-event.ts';
import type { Attempt, Ending, FailureReason, Job } from '../job/job.ts';
import type { ServiceTier } from '../model/model.ts';
import type { Trail } from '../ports.ts';
import { chainMs, type Rung } from './chain.ts';
import { LEAST_RERUN_MS, type RunBudget, runBudget } from './deadline.ts';
import { lastRungs } from './last-rungs.ts';
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

/** What must be left of an invocation when a result is given up: one last slow write, and the answer to Lambda. In ms. */
export const RESULT_MARGIN_MS = 3_000;

/** Spreads the redeliveries of jobs that wait for the same thing: the more often one has come, the wider. In ms. */
const SPREAD_MS = 1_000;
const WIDEST_SPREAD_MS = 30_000;

/** Takes one delivery of a job as far as it can go. Throws only when the store does, and nothing was called by then. */
export const processJob = async (ports: RunPorts, job: Job, delivery: Delivery): Promise<Outcome> => {
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
  job: Job,
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

/** The claim took time, so what is left is asked again. */
const work = async (
  ports: RunPorts,
  claimed: Pick<Owned, 'job' | 'claimId' | 'runsBefore'>,
  chain: readonly [Rung, ...Rung[]],
  delivery: Delivery,
): Promise<Outcome> => {
  const budget = budgetFor(ports, claimed.job, chain, delivery);
  const run = startRun({
    ...claimed,
    endAtMs: budget.kind === 'start' ? budget.endAtMs : ports.clock.now(),
    quotaPatienceMs: quotaPatienceMs[delivery.lastRungs.when],
    tier: delivery.tier,
    chainMs: chainMs(chain),
  });
  if (isMinorRisk(run.job)) return stop(ports, run, delivery);
  switch (budget.kind) {
    case 'deadline-passed':
      return end(ports, run, delivery, { status: 'expired', reason: 'deadline-passed' });
    case 'no-room':
      return release(ports, run, 'no-room', 0);
    case 'start':
      if (run.runsBefore >= MAX_RUNS) return endWithout(ports, run, delivery, 'attempts-exhausted');
      return afterChain(ports, run, delivery, await orLetGo(ports, run, runChain(ports, run, chain)));
  }
};

const isMinorRisk = ({ message }: Job): boolean => message.contentRating === 'minor-risk';

/** Nobody is asked, and a person is told first: a job whose alert failed comes back, and is told of then. */
const stop = async (ports: RunPorts, run: Run, delivery: Delivery): Promise<Outcome> => {
  await orLetGo(ports, run, ports.onMinorRisk());
  return fail(ports, run, delivery, 'minor-risk');
};

/** An error of ours must not hold the job until its lease ends: it may be past its deadline by then. */
const orLetGo = <Result>(ports: RunPorts, run: Run, running: Promise<Result>): Promise<Result> =>
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
  const spreadMs = ports.chance.random() * Math.min(SPREAD_MS * delivery.receives, WIDEST_SPREAD_MS);
  switch (reason) {
    case 'store-unavailable':
      return runBackoffMs(ports, delivery);
    case 'flex':
      return Math.max(runBackoffMs(ports, delivery), delayMs);
    case 'user-limit':
    case 'quota':
    case 'lost':
      return delayMs + spreadMs;
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

/** What cost nothing leaves no trace on the row: hours of waiting would only make every later write dearer. */
const release = async (
  ports: RunPorts,
  run: Run,
  reason: DeferralReason,
  delayMs: number,
): Promise<Outcome> => {
  const billable = isBillable(run);
  const trail = billable ? trailOf(run) : { attempts: [], skips: [] };
  const { attempts } = run;
  const written = await settled(ports.store.release(run.job, run.claimId, { ...trail, billable }));
  await Promise.all(run.reports);
  if (typeof written !== 'string') return { kind: 'unwritten', error: written.error, attempts };
  return { ...deferred(written === 'lost' ? 'lost' : reason, delayMs), ...trailOf(run) };
};

const fail = (ports: RunPorts, run: Run, delivery: Delivery, reason: FailureReason) =>
  end(ports, run, delivery, { status: 'failed', reason });

/** A result may have been paid for, and would be again: its write is tried for as long as the invocation lasts. */
const end = async (ports: RunPorts, run: Run, delivery: Delivery, ending: Ending): Promise<Outcome> => {
  const record = { ending, ...trailOf(run), endedAtMs: ports.clock.now() };
  const forMs = delivery.remainingMs() - RESULT_MARGIN_MS;
  const written = await settled(ports.store.finish(run.job, run.claimId, record, forMs));
  await Promise.all(run.reports);
  if (typeof written !== 'string') return { kind: 'unwritten', error: written.error, attempts: run.attempts };
  return written === 'lost'
    ? { ...deferred('lost', ports.chance.random() * SPREAD_MS), ...trailOf(run) }
    : { kind: 'ended', ...record };
};

/** A failure of the store must not swallow what was called meanwhile: it is still to be counted. */
const settled = (write: Promise<Written>): Promise<Written | { error: unknown }> =>
  write.catch((error: unknown) => ({ error }));

const deferred = (reason: DeferralReason, delayMs: number) =>
  ({ kind: 'deferred', reason, delayMs: Math.floor(delayMs), attempts: [], skips: [] }) as const;
