import { elapse } from '../elapse.ts';
import type { Permit } from '../fleet/circuits.ts';
import type { Reservation } from '../fleet/quotas.ts';
import type { CallLimits } from '../model/call-limits.ts';
import type { Offer } from '../model/catalogue.ts';
import { estimateTokens } from '../model/estimate-tokens.ts';
import type { ServiceTier } from '../model/model.ts';
import type { Spending } from '../money/budgets.ts';
import { estimateCost } from '../money/estimate-cost.ts';
import type { SubjectStanding } from '../privacy/subject.ts';
import { within } from '../within.ts';
import { creatorName } from './content.ts';
import { configuredFor, latencyKeyOf } from './planned-call.ts';
import type { Run, RunPorts, Wait } from './run.ts';
import { leastMs, type Step, timeLeftMs, WHOLE_SHARE } from './step.ts';
import { fence } from './unseal.ts';

type Granted<Asked> = Extract<Asked, { kind: 'granted' }>;

/** Leave to make one call, and what was taken for it. */
export type Admitted = {
  kind: 'admitted';
  permit: Exclude<Permit, { kind: 'open' }>;
  limits: CallLimits;
  spending: Granted<Spending>;
  reservation: Granted<Reservation>;
};

/** Why a call is not made. `retryInMs`: when it may be. */
export type Refusal =
  | { kind: 'passed-over'; reason: PassingReason; retryInMs?: number }
  | { kind: 'wait'; wait: Wait }
  /** The job's subjects have something against it. */
  | Barred;

export type Barred = { kind: 'barred'; standing: Exclude<SubjectStanding, 'clear'> };

type PassingReason = 'no-time' | 'circuit-open' | 'circuit-held' | 'quota-exhausted' | 'budget-exhausted';

/**
 * Asks for leave to make one call, for as long as its rung lasts: a store that takes longer costs the job this call,
 * and not its deadline. What comes too late is given back.
 */
export const askLeave = async (step: Step, offer: Offer, tier: ServiceTier): Promise<Admitted | Refusal> => {
  const asking = ask(step, offer, tier);
  const answer = await within(step.ports.clock, timeLeftMs(step), asking);
  if (answer !== undefined) return answer;
  step.run.reports.push(
    asking.then(
      (late) => (late.kind === 'admitted' ? giveBack(late) : undefined),
      // reports never reject: the job went on without this call, and ends without it
      () => undefined,
    ),
  );
  return NO_TIME;
};

const NO_TIME: Refusal = { kind: 'passed-over', reason: 'no-time' };

/**
 * Subjects, time, circuit, budget, quota and the user's own limit: first what takes nothing, last what may hand out the one probe
 * of a circuit. What was taken for a call that is not made is given back.
 */
const ask = async (step: Step, offer: Offer, tier: ServiceTier): Promise<Admitted | Refusal> => {
  const { circuits, latencies } = step.ports;
  if (timeLeftMs(step) < leastMs(step)) return NO_TIME;
  const barred = await whetherBarred(step);
  if (barred !== undefined) return barred;
  const seen = await circuits.look(offer);
  if (seen.kind === 'open') return circuitOpen(seen);
  const configured = configuredFor(step, offer, tier);
  const learned = await latencies.limitsFor(latencyKeyOf(step.run, offer, tier), configured);
  const taken = await take(step, offer, tier);
  if (taken.kind !== 'taken') return taken;
  const permit = await orElse(() => giveBack(taken), permitFor(step, offer));
  if (permit.kind !== 'closed' && permit.kind !== 'probe') {
    await giveBack(taken);
    return permit;
  }
  step.run.clearedAtMs = Number.NEGATIVE_INFINITY; // the next call has a look of its own
  // a probe must not fail by what was learned before the outage
  return { ...taken, kind: 'admitted', permit, limits: permit.kind === 'probe' ? configured : learned };
};

/** While it cannot be known, nobody is given what somebody may have had erased. */
const whetherBarred = async ({ ports, run }: Step): Promise<Barred | Refusal | undefined> => {
  try {
    const standing = await fence(ports, run);
    return standing === 'clear' ? undefined : { kind: 'barred', standing };
  } catch {
    return { kind: 'wait', wait: { reason: 'store-unavailable', delayMs: 0 } };
  }
};

/** Whoever reads of it looks for an outage, unless it is told that a person wants it so. */
const circuitOpen = ({ reason, retryInMs }: Extract<Permit, { kind: 'open' }>): Refusal => ({
  kind: 'passed-over',
  reason: reason === 'held' ? 'circuit-held' : 'circuit-open',
  retryInMs,
});

type Taken = { kind: 'taken'; spending: Granted<Spending>; reservation: Granted<Reservation> };

/** The budget before the quota, whose blocks a tenant without money would take from the others. */
const take = async (step: Step, offer: Offer, tier: ServiceTier): Promise<Taken | Refusal> => {
  const spending = await spend(step, offer, tier);
  if (spending.kind === 'exhausted') return { kind: 'passed-over', reason: 'budget-exhausted' };
  if (spending.kind === 'contended')
    return { kind: 'wait', wait: { reason: 'store-unavailable', delayMs: 0 } };
  const reservation = await orElse(() => spending.cancel(), reserveReady(step, offer));
  if (reservation.kind === 'granted') return { kind: 'taken', spending, reservation };
  await spending.cancel();
  return { kind: 'passed-over', reason: 'quota-exhausted', retryInMs: reservation.freeInMs };
};

/** Whatever fails unforeseen keeps nothing that was taken for its call. */
const orElse = async <Result>(undo: () => Promise<void>, acting: Promise<Result>): Promise<Result> => {
  try {
    return await acting;
  } catch (error) {
    await undo();
    throw error;
  }
};

const giveBack = ({ spending, reservation }: Pick<Taken, 'spending' | 'reservation'>): Promise<void> => {
  reservation.cancel();
  return spending.cancel();
};

/** At this offer's own price: a fallback may cost more. */
const spend = ({ ports, run }: Step, offer: Offer, tier: ServiceTier): Promise<Spending> => {
  const { message } = run.job;
  const microUsd = estimateCost(offer, message, tier, ports.clock.now());
  return ports.budgets.reserve({ tenantId: message.tenantId, microUsd });
};

/** Where a person waits, a moment's wait for the quota is shorter than a way back through the lane. */
const SHORT_QUOTA_WAIT_MS = 1_000;

const reserveReady = async (step: Step, offer: Offer): Promise<Reservation> => {
  await step.ports.models.prepare(offer.provider);
  return reserve(step, offer);
};

const reserve = async ({ ports, run }: Step, { provider, modelId }: Offer): Promise<Reservation> => {
  const asked = { provider, modelId, tokens: estimateTokens(run.job.message) };
  const first = await ports.quotas.reserve(asked);
  const isWorthIt = first.kind === 'exhausted' && first.freeInMs <= SHORT_QUOTA_WAIT_MS;
  if (!isWorthIt || !Number.isFinite(run.quotaPatienceMs)) return first;
  await elapse(ports.clock, first.freeInMs);
  return ports.quotas.reserve(asked);
};

/** Asking takes a moment, more when the store is slow, and the circuit may open meanwhile. */
const permitFor = async (step: Step, offer: Offer): Promise<Admitted['permit'] | Refusal> => {
  const wait = await userWait(step.ports, step.run);
  if (wait !== undefined) return { kind: 'wait', wait };
  if (timeLeftMs(step) < leastMs(step) * WHOLE_SHARE) return NO_TIME;
  const permit = await step.ports.circuits.permit(offer);
  return permit.kind === 'open' ? circuitOpen(permit) : permit;
};

/** The longest that a run waits in its place for its user's next start, in ms: what a lane's whole seconds would add to it. */
const SHORT_START_WAIT_MS = 1_500;

/** A message comes back up to a second after it was asked to, and the user's start is not to be missed. In ms. */
const BACK_BEFORE_START_MS = 1_000;

/**
 * Each run counts as one start of its user, however many calls it makes. A run whose worker died may have called or
 * not, so the next one counts again: the limit holds for what providers see.
 */
const userWait = async (
  ports: RunPorts,
  run: Run,
  patientUntilMs = ports.clock.now() + SHORT_START_WAIT_MS,
): Promise<Wait | undefined> => {
  if (run.hasStarted) return undefined;
  const nowMs = ports.clock.now();
  try {
    const started = await ports.userStarts.start(creatorName(run.ring, 'starts', run.job), nowMs);
    run.hasStarted = started.kind === 'started';
    if (started.kind === 'started') return undefined;
    const freeInMs = Math.max(started.freeAtMs - nowMs, 0);
    if (started.freeAtMs > patientUntilMs)
      return { reason: 'user-limit', delayMs: Math.max(freeInMs - BACK_BEFORE_START_MS, 0) };
    await elapse(ports.clock, freeInMs);
    return await userWait(ports, run, patientUntilMs);
  } catch {
    return { reason: 'store-unavailable', delayMs: 0 };
  }
};
