import type { LatencyKey } from '../fleet/latencies.ts';
import type { CallLimits } from '../model/call-limits.ts';
import { configuredLimits, effortFor, type Offer } from '../model/catalogue.ts';
import type { ReasoningEffort, ServiceTier } from '../model/model.ts';
import type { Call } from './attempt.ts';
import { creatorName } from './content.ts';
import type { Run } from './run.ts';
import { type Step, timeLeftMs, WHOLE_SHARE } from './step.ts';

/** What the offer will reason with: limits and latencies go by that, and not by what was wished for. */
const effortOf = ({ job }: Run, offer: Offer): ReasoningEffort | undefined => {
  const asked = job.message.options?.reasoningEffort;
  return asked && effortFor(offer, asked);
};

export const latencyKeyOf = (run: Run, offer: Offer, tier: ServiceTier): LatencyKey => ({
  provider: offer.provider,
  modelId: offer.modelId,
  effort: effortOf(run, offer) ?? 'unset',
  tier,
});

/** What the call may take when nothing has been learned. */
export const configuredFor = ({ run, rung }: Step, offer: Offer, tier: ServiceTier): CallLimits => {
  const effort = effortOf(run, offer);
  const totalMs = rung.tierTimeoutMs[tier];
  const limits = configuredLimits(rung.logical, { tier, ...(effort && { effort }) }, totalMs);
  return totalMs === run.job.message.options?.timeoutMs ? { ...limits, basis: { kind: 'asked' } } : limits;
};

/** The call within what is left of its rung. */
export const plannedCall = (step: Step, offer: Offer, tier: ServiceTier, limits: CallLimits): Call => {
  const { run, rung } = step;
  const totalMs = Math.min(limits.totalMs, timeLeftMs(step));
  const isCutShort =
    totalMs < limits.totalMs * WHOLE_SHARE || run.job.message.options?.timeoutMs !== undefined;
  const cacheGroup = creatorName(run.ring, 'prompt-cache', run.job);
  return {
    job: run.job,
    cacheGroup,
    model: rung.model,
    offer,
    tier,
    limits: { ...limits, totalMs },
    isCutShort,
  };
};
