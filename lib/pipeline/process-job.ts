import { ASKED_TIER, attemptOffer } from './attempt.ts';
import { backoffMs } from './backoff.ts';
import { type Catalogue, liveOffers, modelTimeoutMs, type Offer } from './catalogue.ts';
import { type AttemptBudget, attemptBudget } from './deadline.ts';
import type { Attempt, Ending, FailureReason, Job } from './job.ts';
import { type ModelFailure, nextStep } from './model.ts';
import type { Chance, Clock, JobStore, Models } from './ports.ts';

/** What became of one delivery of a job. Only `deferred` goes back to the lane. */
export type Outcome =
  | { kind: 'ended'; ending: Ending; attempts: readonly Attempt[] }
  | { kind: 'duplicate' }
  | { kind: 'deferred'; reason: DeferralReason; delayMs: number; attempts: readonly Attempt[] };

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

export type Invocation = {
  /** What Lambda has left for this invocation, in ms. */
  remainingMs: () => number;
  /** What must be left of it to write a result, in ms. */
  reserveMs: number;
};

/** Calls of a provider that one job may cost before it fails. */
export const MAX_ATTEMPTS = 3;

/** Waits between attempts; the ceiling stays below the shortest lane's patience. */
const RETRY_BACKOFF = { baseMs: 2_000, ceilingMs: 30_000 };

/** Spreads the redeliveries of jobs that wait for the same lease. */
const HELD_JITTER_MS = 1_000;

/** Takes one delivery of a job as far as it can go. Throws only when the store does. */
export const processJob = async (
  ports: ProcessJobPorts,
  job: Job,
  invocation: Invocation,
): Promise<Outcome> => {
  const budget = budgetFor(ports, job, invocation);
  if (budget.kind === 'no-room') return deferred('no-room', 0);
  const nowMs = ports.clock.now();
  const workMs = budget.kind === 'start' ? budget.timeoutMs : 0;
  const claimId = ports.chance.newId();
  const leaseUntilMs = nowMs + workMs + invocation.reserveMs;
  const claim = await ports.store.claim({ job, claimId, nowMs, leaseUntilMs });
  if (claim.kind === 'ended') return { kind: 'duplicate' };
  if (claim.kind === 'held') return deferred('held', Math.max(claim.untilMs - nowMs, 0) + jitterMs(ports));
  const owned = { job, claimId, attemptsMade: claim.attemptsMade };
  if (budget.kind === 'start') return attempt(ports, owned, budget.timeoutMs);
  return end(ports, owned, { status: 'expired', reason: 'deadline-passed' }, []);
};

/** A job that this worker has claimed. */
type Owned = { job: Job; claimId: string; attemptsMade: number };

const budgetFor = (ports: ProcessJobPorts, job: Job, invocation: Invocation): AttemptBudget => {
  const { options, model } = job.message;
  return attemptBudget({
    nowMs: ports.clock.now(),
    deadlineAtMs: job.deadlineAtMs,
    timeoutMs: options?.timeoutMs ?? modelTimeoutMs(ports.catalogue[model], timeoutKeyOf(job)),
    laterRungsMs: 0,
    remainingMs: invocation.remainingMs(),
    reserveMs: invocation.reserveMs,
  });
};

const timeoutKeyOf = ({ message: { options } }: Job) => ({
  tier: ASKED_TIER,
  ...(options?.reasoningEffort && { effort: options.reasoningEffort }),
  ...(options?.maxOutputTokens && { maxOutputTokens: options.maxOutputTokens }),
});

const attempt = async (ports: ProcessJobPorts, owned: Owned, timeoutMs: number): Promise<Outcome> => {
  const chosen = chooseOffer(ports, owned.job);
  if (chosen.kind === 'none') return end(ports, owned, { status: 'failed', reason: chosen.reason }, []);
  const { reply, attempt } = await attemptOffer(ports, owned.job, chosen.offer, timeoutMs);
  if (reply.kind === 'failure') return afterFailure(ports, owned, reply.failure, attempt);
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
  failure: ModelFailure,
  made: Attempt,
): Promise<Outcome> => {
  const attempts = [made];
  const delayMs = delayAfter(ports, failure, owned.attemptsMade + 1);
  const inTime = ports.clock.now() + delayMs < owned.job.deadlineAtMs;
  const verdict = verdictOn(failure, owned.attemptsMade + 1, inTime);
  if (verdict !== 'retry') return end(ports, owned, { status: 'failed', reason: verdict }, attempts);
  const released = await ports.store.release(owned.job, owned.claimId, attempts);
  return { kind: 'deferred', reason: released === 'lost' ? 'lost' : failure.kind, delayMs, attempts };
};

/** `Retry-After` is a minimum, never a hint to come sooner. */
const delayAfter = (ports: ProcessJobPorts, failure: ModelFailure, made: number): number =>
  Math.max(failure.retryAfterMs ?? 0, backoffMs(made, RETRY_BACKOFF, ports.chance.random));

const verdictOn = (failure: ModelFailure, made: number, inTime: boolean): 'retry' | FailureReason => {
  switch (nextStep(failure)) {
    case 'retry':
    case 'wait':
      if (made >= MAX_ATTEMPTS) return 'attempts-exhausted';
      return inTime ? 'retry' : failure.kind;
    case 'give-up-provider':
    case 'end-job':
      return failure.kind;
  }
};

const end = async (
  ports: ProcessJobPorts,
  owned: Owned,
  ending: Ending,
  attempts: readonly Attempt[],
): Promise<Outcome> => {
  const record = { ending, attempts, endedAtMs: ports.clock.now() };
  const written = await ports.store.finish(owned.job, owned.claimId, record);
  return written === 'lost'
    ? { ...deferred('lost', jitterMs(ports)), attempts }
    : { kind: 'ended', ending, attempts };
};

const deferred = (reason: 'no-room' | 'held' | 'lost', delayMs: number) =>
  ({ kind: 'deferred', reason, delayMs, attempts: [] }) as const;

const jitterMs = (ports: ProcessJobPorts): number => Math.floor(ports.chance.random() * HELD_JITTER_MS);
