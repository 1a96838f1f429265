import type { PriceLists } from '../money/price.ts';
import { dayStartMs } from '../utc.ts';
import type { CallLimits } from './call-limits.ts';
import type { ModelName, ProviderName, ReasoningEffort, ServiceTier } from './model.ts';

/** One provider's model that can answer for a logical model while it is live. Days are UTC, `YYYY-MM-DD`. */
export type Offer = {
  provider: ProviderName;
  modelId: string;
  liveFrom?: string;
  /** The provider's shutdown day: from its 00:00 UTC on the offer is dead. */
  liveUntil?: string;
  /** The least effort that the model knows; a lower wish is raised to it. Default: `minimal`. */
  leastEffort?: ReasoningEffort;
  /** What an endpoint with data residency multiplies all prices by. Default: 1. */
  regionalFactor?: number;
  /** Also says which tiers the provider sells of this model. */
  prices: PriceLists;
};

/** A longer (or shorter) timeout for requests of a kind. All conditions given must hold; the first rule that does wins. */
export type TimeoutRule = {
  effort?: ReasoningEffort;
  tier?: ServiceTier;
  maxOutputTokensOver?: number;
  timeoutMs: number;
};

/** How long a model may be silent, in ms. Reasoning is silent, so the pause within a reply depends on the effort. */
export type Silence = { firstEventMs: number; betweenEventsMs: Readonly<Record<ReasoningEffort, number>> };

export type LogicalModel = {
  /** Default: DEFAULT_TIMEOUT_MS. */
  timeoutMs?: number;
  timeoutRules?: readonly TimeoutRule[];
  /** Default: DEFAULT_SILENCE. */
  silence?: Silence;
  /** Models that may answer in this one's place, in order. */
  fallbacks: readonly ModelName[];
  /** In order of preference; offers of one provider are each other's successors. */
  offers: readonly Offer[];
};

export type Catalogue = Readonly<Record<ModelName, LogicalModel>>;

/** The timeout of a model without its own, in ms. */
export const DEFAULT_TIMEOUT_MS = 30_000;

/** Providers open their stream as soon as they admit a request; the effort that they then think with is not ours to see. */
export const DEFAULT_SILENCE: Silence = {
  firstEventMs: 3_500,
  betweenEventsMs: { minimal: 5_000, low: 10_000, medium: 20_000, high: 45_000 },
};

/** A provider may let a flex request queue before it opens its stream; half of its time is left for the default tier. In ms. */
export const FLEX_FIRST_EVENT_MS = 30_000;

/** What providers reason with when nothing is asked for. */
const UNSET_EFFORT: ReasoningEffort = 'medium';

/** The rung that looks for a cached answer, in ms. */
export const CACHE_RUNG_MS = 1_000;

/** The last two rungs of every chain: a cached answer and a default answer (0.1 s), in ms. */
export const LAST_RUNGS_MS = CACHE_RUNG_MS + 100;

/** What a request says that its timeout depends on. */
export type TimeoutKey = { effort?: ReasoningEffort; tier: ServiceTier; maxOutputTokens?: number };

/** The timeout of one attempt, in ms, before deadlines shorten it. */
export const modelTimeoutMs = (model: LogicalModel, key: TimeoutKey): number => {
  const rule = model.timeoutRules?.find((candidate) => applies(candidate, key));
  return rule?.timeoutMs ?? model.timeoutMs ?? DEFAULT_TIMEOUT_MS;
};

const applies = (rule: TimeoutRule, key: TimeoutKey): boolean =>
  (rule.effort === undefined || rule.effort === key.effort) &&
  (rule.tier === undefined || rule.tier === key.tier) &&
  (rule.maxOutputTokensOver === undefined || (key.maxOutputTokens ?? 0) > rule.maxOutputTokensOver);

/** What a call may take when nothing has been learned yet, within `totalMs`. */
export const configuredLimits = (
  { silence = DEFAULT_SILENCE }: LogicalModel,
  { effort = UNSET_EFFORT, tier }: Pick<TimeoutKey, 'effort' | 'tier'>,
  totalMs: number,
): CallLimits => ({
  firstEventMs:
    tier === 'flex' ? Math.min(FLEX_FIRST_EVENT_MS, totalMs / 2) : Math.min(silence.firstEventMs, totalMs),
  betweenEventsMs: Math.min(silence.betweenEventsMs[effort], totalMs),
  totalMs,
  basis: { kind: 'configured' },
});

/**
 * The longest that an attempt of this model may take in a lane of that tier, whatever else is asked of it, in ms. An offer
 * that does not sell the tier is asked at the default one.
 */
export const longestTimeoutMs = (model: LogicalModel, laneTier: ServiceTier): number =>
  Math.max(
    model.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    ...(model.timeoutRules ?? [])
      .filter(({ tier }) => tier === undefined || tier === laneTier || tier === 'default')
      .map(({ timeoutMs }) => timeoutMs),
  );

/** Offers that are live at an instant, at providers that the caller may use, best first. */
export const liveOffers = (
  model: LogicalModel,
  nowMs: number,
  mayUse: (provider: ProviderName) => boolean,
): readonly Offer[] => model.offers.filter((offer) => isLive(offer, nowMs) && mayUse(offer.provider));

/** Whether an offer can be called at an instant. */
export const isLive = (offer: Offer, nowMs: number): boolean =>
  (offer.liveFrom === undefined || dayStartMs(offer.liveFrom) <= nowMs) &&
  (offer.liveUntil === undefined || nowMs < dayStartMs(offer.liveUntil));

const effortOrder: Readonly<Record<ReasoningEffort, number>> = { minimal: 0, low: 1, medium: 2, high: 3 };

/** The effort to send to an offer: the one asked for, or the least that the offer knows. */
export const effortFor = (offer: Offer, asked: ReasoningEffort): ReasoningEffort => {
  const least = offer.leastEffort ?? 'minimal';
  return effortOrder[asked] < effortOrder[least] ? least : asked;
};
