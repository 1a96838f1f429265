import type { Health } from '../fleet/circuit.ts';
import type { CallLimits } from '../model/call-limits.ts';
import type { Offer } from '../model/catalogue.ts';
import type { ModelFailure, ModelReply, ServiceTier } from '../model/model.ts';
import { priceListAt } from '../money/price.ts';
import { LEAST_RERUN_MS } from './deadline.ts';

/** The tier to ask an offer for: the lane's, where the provider sells it at that moment, and else the default one. */
export const tierAt = (offer: Offer, laneTier: ServiceTier, nowMs: number): ServiceTier =>
  priceListAt(offer.prices, nowMs)?.tiers[laneTier] === undefined ? 'default' : laneTier;

/** A lane that saves by flex asks those first who sell it; every other lane keeps the catalogue's order. */
export const inTierOrder = (
  offers: readonly Offer[],
  laneTier: ServiceTier,
  nowMs: number,
): readonly Offer[] => {
  if (laneTier !== 'flex') return offers;
  const sellsFlex = (offer: Offer) => tierAt(offer, laneTier, nowMs) === 'flex';
  return [...offers.filter(sellsFlex), ...offers.filter((offer) => !sellsFlex(offer))];
};

/**
 * What flex lacks: `capacity`, for which it turns a request away and charges nothing, or `haste`, when it lets one queue
 * beyond its first limit. Either way the provider sells other tiers all the same.
 */
export const flexLack = (
  tier: ServiceTier,
  { kind, code }: ModelFailure,
): 'capacity' | 'haste' | undefined => {
  if (tier !== 'flex') return undefined;
  if (kind === 'throttled' && code === 'capacity') return 'capacity';
  return code === 'silent' ? 'haste' : undefined;
};

/** What is kept of a job's time for the default tier: jobs that flex had no room for must not all come at the last minute. */
const KEPT_SHARE = 0.25;

/** SQS counts delays in whole seconds: a shorter one would bring the job back at once, over and over. In ms. */
const SHORTEST_WAIT_MS = 1_000;

export type FlexTimes = {
  nowMs: number;
  enqueuedAtMs: number;
  deadlineAtMs: number;
  /** The longest that a run down the chain may take. */
  chainMs: number;
};

/**
 * How long a job that flex has refused may wait for it, in ms: until a quarter of its time is left, or what a run and
 * the way back take if that is more. 0: the default tier is asked at once.
 */
export const flexPatienceMs = ({ nowMs, enqueuedAtMs, deadlineAtMs, chainMs }: FlexTimes): number => {
  const keptMs = Math.max((deadlineAtMs - enqueuedAtMs) * KEPT_SHARE, chainMs + LEAST_RERUN_MS);
  const patienceMs = deadlineAtMs - keptMs - nowMs;
  return patienceMs < SHORTEST_WAIT_MS ? 0 : patienceMs;
};

/** How a call was made, and whether the provider showed any sign of life. */
type Heard = { tier: ServiceTier; limits: Pick<CallLimits, 'basis'>; wasHeard: boolean };

/**
 * What a call says of its provider's health, for the circuit that all lanes share: what flex lacks says nothing of the
 * other tiers, and a reply that was under way when a limit of ours cut it off is a sign of life.
 */
export const healthOf = (reply: ModelReply, { tier, limits, wasHeard }: Heard): Health => {
  if (reply.kind === 'answer') return 'answered';
  const { failure } = reply;
  if (flexLack(tier, failure) !== undefined) return { kind: 'throttled', code: failure.code };
  const isOurs =
    failure.code === 'own-timeout' || (failure.code === 'timeout' && limits.basis.kind === 'learned');
  return isOurs && wasHeard ? 'alive' : failure;
};
