import { backoffMs } from '../backoff.ts';
import { elapse } from '../elapse.ts';
import type { Permit } from '../fleet/circuits.ts';
import type { LatencyKey } from '../fleet/latencies.ts';
import type { Reservation } from '../fleet/quotas.ts';
import type { Answer, Attempt } from '../job/job.ts';
import { limitOf } from '../model/call-limits.ts';
import { configuredLimits, liveOffers, type Offer } from '../model/catalogue.ts';
import { estimateTokens } from '../model/estimate-tokens.ts';
import { type ModelFailure, type ModelReply, nextStep } from '../model/model.ts';
import type { Spending } from '../money/budgets.ts';
import { estimateCost } from '../money/estimate-cost.ts';
import { ASKED_TIER, attemptOffer, type Call } from './attempt.ts';
import type { Rung } from './chain.ts';
import { LEAST_ATTEMPT_MS, rungBudgetMs } from './deadline.ts';
import { passOver, type Run, type RunPorts, type Wait } from './run.ts';

/** What came of one rung. `final`: nobody else is asked; `wait`: the job's turn has not come. */
export type RungResult =
  | { kind: 'answered'; answer: Answer }
  | { kind: 'final'; failure: ModelFailure }
  | { kind: 'passed' }
  | { kind: 'wait'; wait: Wait };

/** Pauses before the one retry of a rung, in ms. */
const RETRY_PAUSE = { baseMs: 250, ceilingMs: 1_000 };

/** A worker is paid for while it waits: a provider that wants more than this is left for the next rung. In ms. */
const LONGEST_PAUSE_MS = 5_000;

/** Where a run stands on a rung. */
type Step = { ports: RunPorts; run: Run; rung: Rung; endAtMs: number };

/** Asks the providers of one model in order, each once; a rung with a single call that failed in passing tries it again. */
export const climbRung = async (ports: RunPorts, run: Run, rung: Rung): Promise<RungResult> => {
  const nowMs = ports.clock.now();
  const budgetMs = rungBudgetMs({ nowMs, endAtMs: run.endAtMs, ...rung });
  const step = { ports, run, rung, endAtMs: nowMs + budgetMs };
  const calls: { offer: Offer; failure: ModelFailure }[] = [];
  for (const offer of offersFor(step)) {
    const result = await askOffer(step, offer);
    if (result.kind === 'failed') calls.push({ offer, failure: result.failure });
    else if (result.kind !== 'passed') return result;
  }
  const [only] = calls;
  if (only === undefined || calls.length > 1) return { kind: 'passed' };
  return retry(step, only.offer, only.failure);
};

/** The offers that may be asked. Says why when there are none. */
const offersFor = ({ ports, run, rung }: Step): readonly Offer[] => {
  const nowMs = ports.clock.now();
  const live = liveOffers(rung.logical, nowMs, (name) => ports.models.providers.has(name));
  const { allowedProcessors } = run.job.message;
  const allowed = live.filter(({ provider }) => allowedProcessors?.includes(provider) ?? true);
  if (allowed.length === 0) {
    const reason = live.length === 0 ? 'no-live-model' : 'processor-not-allowed';
    passOver(run, { rung: rung.model, reason }, nowMs);
  }
  return allowed;
};

type OfferResult = RungResult | { kind: 'failed'; failure: ModelFailure };

const retry = async (step: Step, offer: Offer, failure: ModelFailure): Promise<RungResult> => {
  if (nextStep(failure) !== 'retry') return { kind: 'passed' };
  const { clock, chance } = step.ports;
  const pauseMs = Math.max(failure.retryAfterMs ?? 0, backoffMs(1, RETRY_PAUSE, chance.random));
  const hasRoom = clock.now() + pauseMs + LEAST_ATTEMPT_MS <= step.endAtMs;
  if (pauseMs > LONGEST_PAUSE_MS || !hasRoom) return { kind: 'passed' };
  await elapse(clock, pauseMs);
  const result = await askOffer(step, offer);
  return result.kind === 'failed' ? { kind: 'passed' } : result;
};

/**
 * Time, circuit, budget, quota and the user's own limit are asked before money is spent: first what takes nothing, last
 * what may hand out the one probe of a circuit. What was taken for a call that is not made is given back.
 */
const askOffer = async (step: Step, offer: Offer): Promise<OfferResult> => {
  const { ports } = step;
  if (timeLeftMs(step) < leastMs(step)) return skip(step, offer, 'no-time');
  const seen = await ports.circuits.look(offer);
  if (seen.kind === 'open') return skip(step, offer, 'circuit-open', seen.retryInMs);
  const spending = await spend(step, offer);
  if (spending.kind === 'exhausted') return skip(step, offer, 'budget-exhausted');
  if (spending.kind === 'contended')
    return { kind: 'wait', wait: { reason: 'store-unavailable', delayMs: 0 } };
  const paid = await askWithMoney(step, offer);
  step.run.reports.push(paid.kind === 'called' ? spending.settle(paid.costMicroUsd) : spending.cancel());
  return paid.kind === 'called' ? read(step, offer, paid.reply) : paid;
};

/** Before the quota, whose blocks a tenant without money would take from the others; at this offer's own price. */
const spend = ({ ports, run }: Step, offer: Offer): Promise<Spending> => {
  const { message } = run.job;
  const microUsd = estimateCost(offer, message, ASKED_TIER, ports.clock.now());
  return ports.budgets.reserve({ tenantId: message.tenantId, microUsd });
};

type Called = { kind: 'called'; reply: ModelReply; costMicroUsd: number | undefined };

const askWithMoney = async (step: Step, offer: Offer): Promise<RungResult | Called> => {
  await step.ports.models.prepare(offer.provider);
  const reservation = await reserve(step, offer);
  if (reservation.kind === 'exhausted') return skip(step, offer, 'quota-exhausted', reservation.freeInMs);
  const admitted = await admit(step, offer);
  if (admitted.kind !== 'admitted') {
    reservation.cancel();
    return admitted;
  }
  const { reply, attempt, usedTokens } = await call(step, offer, admitted.permit);
  reservation.settle(usedTokens);
  return { kind: 'called', reply, costMicroUsd: knownCostOf(attempt) };
};

/** What the provider may bill and has no known price keeps its estimate. */
const knownCostOf = ({ costMicroUsd, unpriced }: Attempt): number | undefined =>
  unpriced === undefined ? costMicroUsd : undefined;

/** Where a person waits, a moment's wait for the quota is shorter than a way back through the lane. */
const SHORT_QUOTA_WAIT_MS = 1_000;

const reserve = async ({ ports, run }: Step, { provider, modelId }: Offer): Promise<Reservation> => {
  const asked = { provider, modelId, tokens: estimateTokens(run.job.message) };
  const first = await ports.quotas.reserve(asked);
  const isWorthIt = first.kind === 'exhausted' && first.freeInMs <= SHORT_QUOTA_WAIT_MS;
  if (!isWorthIt || !Number.isFinite(run.quotaPatienceMs)) return first;
  await elapse(ports.clock, first.freeInMs);
  return ports.quotas.reserve(asked);
};

type Admitted = { kind: 'admitted'; permit: Exclude<Permit, { kind: 'open' }> };

/** Asking takes a moment, more when the store is slow, and the circuit may open meanwhile. */
const admit = async (step: Step, offer: Offer): Promise<Admitted | RungResult> => {
  const wait = await userWait(step.ports, step.run);
  if (wait !== undefined) return { kind: 'wait', wait };
  if (timeLeftMs(step) < leastMs(step) * WHOLE_SHARE) return skip(step, offer, 'no-time');
  const permit = await step.ports.circuits.permit(offer);
  if (permit.kind === 'open') return skip(step, offer, 'circuit-open', permit.retryInMs);
  return { kind: 'admitted', permit };
};

type Passing = 'no-time' | 'circuit-open' | 'quota-exhausted' | 'budget-exhausted';

const skip = (
  { ports, run, rung }: Step,
  { provider }: Offer,
  reason: Passing,
  inMs = Infinity,
): RungResult => {
  passOver(run, { rung: rung.model, provider, reason }, ports.clock.now());
  run.soonestMs = Math.min(run.soonestMs, inMs);
  return { kind: 'passed' };
};

const timeLeftMs = ({ ports, endAtMs }: Step): number => endAtMs - ports.clock.now();

const leastMs = ({ rung }: Step): number => Math.min(LEAST_ATTEMPT_MS, rung.timeoutMs);

/**
 * Each run counts as one start of its user, however many calls it makes. A run whose worker died may have called or
 * not, so the next one counts again: the limit holds for what providers see.
 */
const userWait = async ({ userStarts, clock }: RunPorts, run: Run): Promise<Wait | undefined> => {
  if (run.hasStarted) return undefined;
  const nowMs = clock.now();
  try {
    const started = await userStarts.start(run.job.message, nowMs);
    run.hasStarted = started.kind === 'started';
    if (started.kind === 'started') return undefined;
    return { reason: 'user-limit', delayMs: Math.max(started.freeAtMs - nowMs, 0) };
  } catch {
    return { reason: 'store-unavailable', delayMs: 0 };
  }
};

const call = async (step: Step, offer: Offer, permit: Exclude<Permit, { kind: 'open' }>) => {
  const { ports, run } = step;
  const key = latencyKeyOf(run, offer);
  const planned = await plannedCall(step, offer, key);
  const { reply, attempt, reached, times } = await attemptOffer(ports, planned);
  run.attempts.push(attempt);
  if (reply.kind === 'answer') run.reports.push(ports.latencies.record(key, times));
  else {
    run.lastFailure = reply.failure;
    run.soonestMs = Math.min(run.soonestMs, reply.failure.retryAfterMs ?? 0);
    if (reached !== undefined && reply.failure.code !== 'own-timeout')
      run.reports.push(ports.latencies.recordCut(key, reached, limitOf(planned.limits, reached)));
  }
  run.reports.push(
    ports.circuits.report(offer, permit, reply.kind === 'answer' ? 'answered' : reply.failure),
  );
  return { reply, attempt, usedTokens: usedTokensOf(reply) };
};

const latencyKeyOf = ({ job }: Run, { provider, modelId }: Offer): LatencyKey => ({
  provider,
  modelId,
  effort: job.message.options?.reasoningEffort ?? 'unset',
  tier: ASKED_TIER,
});

/** Asking circuit, quota and store first takes a little of the rung: that alone does not make a call short. */
const WHOLE_SHARE = 0.9;

/** Learned limits stay within the configured ones, and both within what is left of the rung. */
const plannedCall = async (
  { ports, run, rung, endAtMs }: Step,
  offer: Offer,
  key: LatencyKey,
): Promise<Call> => {
  const { reasoningEffort } = run.job.message.options ?? {};
  const configured = configuredLimits(rung.logical, reasoningEffort, rung.timeoutMs);
  const learned = await ports.latencies.limitsFor(key, configured);
  const totalMs = Math.min(learned.totalMs, endAtMs - ports.clock.now());
  const isCutShort =
    totalMs < learned.totalMs * WHOLE_SHARE || run.job.message.options?.timeoutMs !== undefined;
  return { job: run.job, model: rung.model, offer, limits: { ...learned, totalMs }, isCutShort };
};

/** `undefined`: the provider did not say. */
const usedTokensOf = ({ usage }: ModelReply): number | undefined =>
  usage && usage.inputTokens + usage.outputTokens;

const read = ({ ports, rung }: Step, offer: Offer, reply: ModelReply): OfferResult => {
  if (reply.kind === 'failure') {
    const { failure } = reply;
    return nextStep(failure) === 'fail' ? { kind: 'final', failure } : { kind: 'failed', failure };
  }
  const answer: Answer = {
    source: 'model',
    text: reply.text,
    aiGenerated: true,
    model: rung.model,
    provider: offer.provider,
    modelId: offer.modelId,
    generatedAtMs: ports.clock.now(),
  };
  return { kind: 'answered', answer };
};
