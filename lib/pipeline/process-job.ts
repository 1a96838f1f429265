import { ASKED_TIER, attemptOffer } from './attempt.ts';
import { backoffMs } from './backoff.ts';
import { type Catalogue, liveOffers, modelTimeoutMs, type Offer } from './catalogue.ts';
import type { Written } from './claim.ts';
import { type AttemptBudget, attemptBudget } from './deadline.ts';
import type { Attempt, Ending, FailureReason, Job } from './job.ts';
import { type ModelFailure, nextStep } from './model.ts';
import type { Chance, Clock, JobStore, Models } from './ports.ts';
import { LONGEST_DELAY_SECONDS } from './timeout-lattice.ts';

/** What became of one delivery of a job. `deferred` and `unwritten` go back to the lane. */
export type Outcome =
  | { kind: 'ended'; ending: Ending; attempts: readonly Attempt[] }
  | { kind: 'duplicate' }
  | { kind: 'deferred'; reason: DeferralReason; delayMs: number; attempts: readonly Attempt[] }
  | { kind: 'unwritten'; error: unknown; attempts: readonly Attempt[] }; // the store failed after the call

export type DeferralReason =
  | 'no-room' // too little of this invocation is left
  | 'held' // another worker has the job
  | 'lost' // another worker took the job over
  | ModelFailure['kind'];

export type ProcessJobPorts = {
  clock: Clock;
  chance: Chance;
  store: JobStore;
  models: Models;
  catalogue: Catalogue;
};

/** One delivery of a job to one invocation of the worker. */
export type Delivery = {
  /** How often the message has been received, this time included. */
  receives: number;
  /** What Lambda has left for this invocation, in ms. */
  remainingMs: () => number;
  /** What must be left of it to write a result, and the longest that any one write may take, in ms. */
  reserveMs: number;
};

/** Calls that a provider may bill one job for before it fails. */
export const MAX_CALLS = 3;

/** Waits between calls that may be billed. */
const RETRY_BACKOFF = { baseMs: 2_500, ceilingMs: 60_000 };

/** Waits for a provider that throttles: as often as the job's deadline allows, so they grow longer. */
const THROTTLE_BACKOFF = { baseMs: 1_000, ceilingMs: LONGEST_DELAY_SECONDS * 1000 };

/** A lease is long for the worst case, and most jobs end well before it: a duplicate looks again sooner, then later. */
const HELD_BASE_MS = 1_000;

/** Spreads the redeliveries of jobs that wait for the same lease. */
const HELD_JITTER_MS = 1_000;

/** Takes one delivery of a job as far as it can go. Throws only when the store does, and nothing was called by then. */
export const processJob = async (ports: ProcessJobPorts, job: Job, delivery: Delivery): Promise<Outcome> => {
  const planned = budgetFor(ports, job, delivery);
  if (planned.kind === 'no-room') return deferred('no-room', 0);
  const nowMs = ports.clock.now();
  const claimId = ports.chance.newId();
  const leaseUntilMs = nowMs + leaseMs(planned, delivery);
  const claim = await ports.store.claim({ job, claimId, nowMs, leaseUntilMs });
  if (claim.kind === 'ended') return { kind: 'duplicate' };
  if (claim.kind === 'held') {
    const leaseLeftMs = Math.max(claim.untilMs - nowMs, 0);
    return deferred('held', Math.min(leaseLeftMs, HELD_BASE_MS * 2 ** delivery.receives) + jitterMs(ports));
  }
  return work(ports, { job, claimId, callsBefore: claim.callsBefore }, delivery);
};

/** The attempt, and a reserve on either side of it: for a slow claim before and for the result after. */
const leaseMs = (planned: AttemptBudget, { reserveMs }: Delivery): number =>
  reserveMs + (planned.kind === 'start' ? planned.timeoutMs : 0) + reserveMs;

/** A job that this worker has claimed. */
type Owned = { job: Job; claimId: string; callsBefore: number };

/** The claim took time, so what is left is asked again. */
const work = async (ports: ProcessJobPorts, owned: Owned, delivery: Delivery): Promise<Outcome> => {
  const budget = budgetFor(ports, owned.job, delivery);
  switch (budget.kind) {
    case 'deadline-passed':
      return end(ports, owned, { status: 'expired', reason: 'deadline-passed' }, []);
    case 'no-room':
      return release(ports, owned, { reason: 'no-room', delayMs: 0, attempts: [], billable: false });
    case 'start':
      if (owned.callsBefore >= MAX_CALLS) return fail(ports, owned, 'attempts-exhausted', []);
      return callModel(ports, owned, delivery, budget.timeoutMs);
  }
};

const budgetFor = (ports: ProcessJobPorts, job: Job, delivery: Delivery): AttemptBudget => {
  const { options, model } = job.message;
  return attemptBudget({
    nowMs: ports.clock.now(),
    deadlineAtMs: job.deadlineAtMs,
    timeoutMs: options?.timeoutMs ?? modelTimeoutMs(ports.catalogue[model], timeoutKeyOf(job)),
    laterRungsMs: 0,
    remainingMs: delivery.remainingMs(),
    reserveMs: delivery.reserveMs,
  });
};

const timeoutKeyOf = ({ message: { options } }: Job) => ({
  tier: ASKED_TIER,
  ...(options?.reasoningEffort && { effort: options.reasoningEffort }),
  ...(options?.maxOutputTokens && { maxOutputTokens: options.maxOutputTokens }),
});

const callModel = async (
  ports: ProcessJobPorts,
  owned: Owned,
  delivery: Delivery,
  timeoutMs: number,
): Promise<Outcome> => {
  const chosen = chooseOffer(ports, owned.job);
  if (chosen.kind === 'none') return fail(ports, owned, chosen.reason, []);
  const { reply, attempt } = await attemptOffer(ports, owned.job, chosen.offer, timeoutMs);
  if (reply.kind === 'failure') return afterFailure(ports, owned, delivery, reply.failure, attempt);
  return end(ports, owned, succeeded(owned.job, chosen.offer, reply.text, ports.clock.now()), [attempt]);
};

type Chosen = { kind: 'offer'; offer: Offer } | { kind: 'none'; reason: FailureReason };

const chooseOffer = (ports: ProcessJobPorts, { message }: Job): Chosen => {
  const { providers } = ports.models;
  const live = liveOffers(ports.catalogue[message.model], ports.clock.now(), (name) => providers.has(name));
  const offer = live.find(({ provider }) => message.allowedProcessors?.includes(provider) ?? true);
  if (offer !== undefined) return { kind: 'offer', offer };
  return { kind: 'none', reason: live.length === 0 ? 'no-live-model' : 'processor-not-allowed' };
};

const succeeded = (job: Job, offer: Offer, text: string, nowMs: number): Ending => ({
  status: 'succeeded',
  answer: {
    text,
    aiGenerated: true,
    model: job.message.model,
    provider: offer.provider,
    modelId: offer.modelId,
    generatedAtMs: nowMs,
  },
});

const afterFailure = async (
  ports: ProcessJobPorts,
  owned: Owned,
  delivery: Delivery,
  failure: ModelFailure,
  attempt: Attempt,
): Promise<Outcome> => {
  const step = nextStep(failure);
  if (step === 'fail') return fail(ports, owned, failure.kind, [attempt]);
  const delayMs = delayAfter(ports, owned, delivery, failure);
  if (ports.clock.now() + delayMs >= owned.job.deadlineAtMs)
    return fail(ports, owned, failure.kind, [attempt]);
  const billable = step === 'retry' || attempt.usage !== undefined;
  if (billable && owned.callsBefore + 1 >= MAX_CALLS) {
    return fail(ports, owned, 'attempts-exhausted', [attempt]);
  }
  return release(ports, owned, { reason: failure.kind, delayMs, attempts: [attempt], billable });
};

/** `Retry-After` is a minimum, never a hint to come sooner. */
const delayAfter = (
  { chance }: ProcessJobPorts,
  { callsBefore }: Owned,
  { receives }: Delivery,
  failure: ModelFailure,
): number => {
  const backoff =
    failure.kind === 'throttled'
      ? backoffMs(receives, THROTTLE_BACKOFF, chance.random)
      : backoffMs(callsBefore + 1, RETRY_BACKOFF, chance.random);
  return Math.max(failure.retryAfterMs ?? 0, backoff);
};

type Release = { reason: DeferralReason; delayMs: number; attempts: readonly Attempt[]; billable: boolean };

/** What cost nothing leaves no trace on the row: hours of throttling would only make every later write dearer. */
const release = async (ports: ProcessJobPorts, owned: Owned, given: Release): Promise<Outcome> => {
  const { reason, delayMs, attempts, billable } = given;
  const record = { attempts: billable ? attempts : [], billable };
  const written = await settled(ports.store.release(owned.job, owned.claimId, record));
  if (typeof written !== 'string') return { kind: 'unwritten', error: written.error, attempts };
  return { kind: 'deferred', reason: written === 'lost' ? 'lost' : reason, delayMs, attempts };
};

const fail = (ports: ProcessJobPorts, owned: Owned, reason: FailureReason, attempts: readonly Attempt[]) =>
  end(ports, owned, { status: 'failed', reason }, attempts);

const end = async (
  ports: ProcessJobPorts,
  owned: Owned,
  ending: Ending,
  attempts: readonly Attempt[],
): Promise<Outcome> => {
  const record = { ending, attempts, endedAtMs: ports.clock.now() };
  const written = await settled(ports.store.finish(owned.job, owned.claimId, record));
  if (typeof written !== 'string') return { kind: 'unwritten', error: written.error, attempts };
  return written === 'lost'
    ? { ...deferred('lost', jitterMs(ports)), attempts }
    : { kind: 'ended', ending, attempts };
};

/** A failure of the store must not swallow what was called meanwhile: it is still to be counted. */
const settled = (write: Promise<Written>): Promise<Written | { error: unknown }> =>
  write.catch((error: unknown) => ({ error }));

const deferred = (reason: 'no-room' | 'held' | 'lost', delayMs: number) =>
  ({ kind: 'deferred', reason, delayMs, attempts: [] }) as const;

const jitterMs = (ports: ProcessJobPorts): number => Math.floor(ports.chance.random() * HELD_JITTER_MS);
