import {
  type Catalogue,
  LAST_RUNGS_MS,
  type LogicalModel,
  modelTimeoutMs,
  type TimeoutKey,
} from '../model/catalogue.ts';
import type { ModelName, ServiceTier } from '../model/model.ts';
import { RESCUE_MS } from './deadline.ts';

/** One model of a fallback chain. */
export type Rung = {
  model: ModelName;
  logical: LogicalModel;
  /** Of a call, by the tier that is asked for. */
  tierTimeoutMs: Readonly<Record<ServiceTier, number>>;
  /** The longer one of the two tiers that a lane may ask for: its own and the default one. */
  timeoutMs: number;
  /** What must be left for the rungs after this one, in ms. */
  laterRungsMs: number;
};

/**
 * The models that may answer for `model`, in order. A request's own timeout replaces that of the model it asked for;
 * a fallback keeps its own, unless the request's is shorter. `key.tier` is the lane's.
 */
export const chainOf = (
  catalogue: Catalogue,
  model: ModelName,
  key: TimeoutKey,
  ownTimeoutMs: number | undefined,
): readonly [Rung, ...Rung[]] => {
  const { fallbacks } = catalogue[model];
  const rung = (name: ModelName, timeoutAt: (tier: ServiceTier) => number, rungsAfter: number): Rung => {
    const tierTimeoutMs = {
      priority: timeoutAt('priority'),
      default: timeoutAt('default'),
      flex: timeoutAt('flex'),
    };
    return {
      model: name,
      logical: catalogue[name],
      tierTimeoutMs,
      timeoutMs: Math.max(tierTimeoutMs[key.tier], tierTimeoutMs.default),
      laterRungsMs: rungsAfter * RESCUE_MS + LAST_RUNGS_MS,
    };
  };
  const ownOf = (name: ModelName, tier: ServiceTier) => modelTimeoutMs(catalogue[name], { ...key, tier });
  return [
    rung(model, (tier) => ownTimeoutMs ?? ownOf(model, tier), fallbacks.length),
    ...fallbacks.map((name, index) =>
      rung(
        name,
        (tier) => Math.min(ownTimeoutMs ?? Infinity, ownOf(name, tier)),
        fallbacks.length - index - 1,
      ),
    ),
  ];
};

/** The longest that a run down this chain may take, in ms. */
export const chainMs = (chain: readonly Rung[]): number =>
  chain.reduce((sum, { timeoutMs }) => sum + timeoutMs, LAST_RUNGS_MS);
