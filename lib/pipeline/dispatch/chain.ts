import {
  type Catalogue,
  LAST_RUNGS_MS,
  type LogicalModel,
  modelTimeoutMs,
  type TimeoutKey,
} from '../model/catalogue.ts';
import type { ModelName } from '../model/model.ts';
import { RESCUE_MS } from './deadline.ts';

/** One model of a fallback chain. */
export type Rung = {
  model: ModelName;
  logical: LogicalModel;
  timeoutMs: number;
  /** What must be left for the rungs after this one, in ms. */
  laterRungsMs: number;
};

/**
 * The models that may answer for `model`, in order. A request's own timeout replaces that of the model it asked for;
 * a fallback keeps its own, unless the request's is shorter.
 */
export const chainOf = (
  catalogue: Catalogue,
  model: ModelName,
  key: TimeoutKey,
  ownTimeoutMs: number | undefined,
): readonly [Rung, ...Rung[]] => {
  const { fallbacks } = catalogue[model];
  const rung = (name: ModelName, timeoutMs: number, rungsAfter: number): Rung => ({
    model: name,
    logical: catalogue[name],
    timeoutMs,
    laterRungsMs: rungsAfter * RESCUE_MS + LAST_RUNGS_MS,
  });
  const ownOf = (name: ModelName) => modelTimeoutMs(catalogue[name], key);
  return [
    rung(model, ownTimeoutMs ?? ownOf(model), fallbacks.length),
    ...fallbacks.map((name, index) =>
      rung(name, Math.min(ownTimeoutMs ?? Infinity, ownOf(name)), fallbacks.length - index - 1),
    ),
  ];
};

/** The longest that a run down this chain may take, in ms. */
export const chainMs = (chain: readonly Rung[]): number =>
  chain.reduce((sum, { timeoutMs }) => sum + timeoutMs, LAST_RUNGS_MS);
