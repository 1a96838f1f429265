import type { Answer } from '../job/job.ts';
import { limitOf } from '../model/call-limits.ts';
import type { Offer } from '../model/catalogue.ts';
import { type ModelFailure, type ModelReply, nextStep, type ServiceTier } from '../model/model.ts';
import { type Admitted, askLeave, type Barred, type Refusal } from './admission.ts';
import { attemptOffer } from './attempt.ts';
import { latencyKeyOf, plannedCall } from './planned-call.ts';
import { passOver, type Wait } from './run.ts';
import { healthOf } from './service-tier.ts';
import type { Step } from './step.ts';

export type Failed = { kind: 'failed'; failure: ModelFailure; tier: ServiceTier };

/** What came of one offer. `final`: nobody else is asked; `wait`: the job's turn has not come. */
export type OfferResult =
  | { kind: 'answered'; answer: Answer }
  | { kind: 'final'; failure: ModelFailure }
  | { kind: 'passed' }
  | { kind: 'wait'; wait: Wait }
  | Barred
  | Failed;

/** Calls one provider's model at one tier, if it may be called now. */
export const askOffer = async (step: Step, offer: Offer, tier: ServiceTier): Promise<OfferResult> => {
  const leave = await askLeave(step, offer, tier);
  if (leave.kind !== 'admitted') return refused(step, offer, leave);
  return read(step, offer, tier, await call(step, offer, tier, leave));
};

const refused = ({ ports, run, rung }: Step, { provider }: Offer, refusal: Refusal): OfferResult => {
  if (refusal.kind !== 'passed-over') return refusal;
  const { reason, retryInMs = Infinity } = refusal;
  passOver(run, { rung: rung.model, provider, reason }, ports.clock.now());
  run.soonestMs = Math.min(run.soonestMs, retryInMs);
  return { kind: 'passed' };
};

/** Makes the call, and tells the fleet of it. */
const call = async (step: Step, offer: Offer, tier: ServiceTier, leave: Admitted): Promise<ModelReply> => {
  const { ports, run } = step;
  const key = latencyKeyOf(run, offer, tier);
  const planned = plannedCall(step, offer, tier, leave.limits);
  const { reply, attempt, reached, times } = await attemptOffer(ports, planned);
  run.attempts.push(attempt);
  if (reply.kind === 'answer')
    run.reports.push(ports.latencies.record(key, times, leave.permit.kind === 'probe' ? 'probe' : undefined));
  else {
    run.lastFailure = reply.failure;
    run.soonestMs = Math.min(run.soonestMs, reply.failure.retryAfterMs ?? 0);
    if (reached !== undefined && reply.failure.code !== 'own-timeout')
      run.reports.push(ports.latencies.recordCut(key, reached, limitOf(planned.limits, reached)));
  }
  const health = healthOf(reply, {
    tier,
    limits: planned.limits,
    wasHeard: attempt.firstEventMs !== undefined,
  });
  run.reports.push(ports.circuits.report(offer, leave.permit, health));
  leave.reservation.settle(usedTokensOf(reply));
  run.reports.push(leave.spending.settle(attempt.costMicroUsd));
  return reply;
};

/** `undefined`: the provider did not say. */
const usedTokensOf = ({ usage }: ModelReply): number | undefined =>
  usage && usage.inputTokens + usage.outputTokens;

const read = ({ ports, rung }: Step, offer: Offer, tier: ServiceTier, reply: ModelReply): OfferResult => {
  if (reply.kind === 'failure') {
    const { failure } = reply;
    return nextStep(failure) === 'fail' ? { kind: 'final', failure } : { kind: 'failed', failure, tier };
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
