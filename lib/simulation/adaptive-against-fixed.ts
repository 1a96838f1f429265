import { createLatencies, type Latencies, type LatencyKey } from '../pipeline/fleet/latencies.ts';
import type { CallLimits, ReachedLimit } from '../pipeline/model/call-limits.ts';
import { configuredLimits, modelTimeoutMs } from '../pipeline/model/catalogue.ts';
import { defaultCatalogue } from '../pipeline/model/default-catalogue.ts';
import { type ModelName, modelNames } from '../pipeline/model/model.ts';
import { seededRandom } from '../seeded-random.ts';
import { inMemoryFleetStore } from './in-memory-fleet-store.ts';
import { drawTrace, type TracedCall } from './latency-traces.ts';

/** How long silent or stalled calls held their jobs, from the start of the call, in ms. */
export type Rescue = { calls: number; p50Ms: number; p99Ms: number };

export type PolicyFigures = {
  silent: Rescue;
  stalled: Rescue;
  /** Calls that were cut off, but would have answered within the configured total. */
  falseTimeouts: number;
  falseTimeoutShare: number;
  /** Calls whose limits were learned. */
  learnedShare: number;
};

export type ModelComparison = {
  model: ModelName;
  calls: number;
  fixed: PolicyFigures;
  adaptive: PolicyFigures;
  /** Of the adaptive limits, lost races included. */
  writesPerCall: number;
};

/** Environments that share what they learn; each call lands on one of them. */
const ENVIRONMENTS = 8;

/** The same calls under the configured limits and under learned ones. One seed, one result. */
export const compareLimits = async (asked: {
  seed: number;
  callsPerModel: number;
}): Promise<readonly ModelComparison[]> => {
  const comparisons: ModelComparison[] = [];
  for (const [index, model] of modelNames.entries()) {
    const seed = asked.seed * modelNames.length + index;
    comparisons.push(await compareModel(seed, model, asked.callsPerModel));
  }
  return comparisons;
};

const compareModel = async (seed: number, model: ModelName, calls: number): Promise<ModelComparison> => {
  const random = seededRandom(seed);
  const trace = drawTrace(random, model, calls);
  const clock = { nowMs: 0, now: () => clock.nowMs };
  const store = inMemoryFleetStore(clock.now);
  const fleet = Array.from({ length: ENVIRONMENTS }, () => createLatencies({ store, clock }));
  const fixed: Verdict[] = [];
  const adaptive: Verdict[] = [];
  for (const call of trace) {
    clock.nowMs = call.atMs;
    const configured = configuredFor(model, call.key);
    fixed.push(judge(call, configured, configured));
    const environment = fleet[random.between(0, ENVIRONMENTS - 1)];
    if (environment !== undefined) adaptive.push(await callOf(environment, call, configured));
  }
  const writesPerCall = store.writes() / calls;
  return { model, calls, fixed: figuresOf(fixed), adaptive: figuresOf(adaptive), writesPerCall };
};

const configuredFor = (model: ModelName, { effort, tier }: LatencyKey): CallLimits => {
  const logical = defaultCatalogue[model];
  const asked = effort === 'unset' ? {} : { effort };
  return configuredLimits(logical, { ...asked, tier }, modelTimeoutMs(logical, { ...asked, tier }));
};

/** Learns at the start of a call what its end will teach: a few seconds early, against half-lives of minutes. */
const callOf = async (latencies: Latencies, call: TracedCall, configured: CallLimits): Promise<Verdict> => {
  const limits = await latencies.limitsFor(call.key, configured);
  const verdict = judge(call, limits, configured);
  if (verdict.reached === undefined) await latencies.record(call.key, call);
  else await latencies.recordCut(call.key, verdict.reached, limits[`${verdict.reached}Ms`]);
  return verdict;
};

type Verdict = {
  health: TracedCall['health'];
  reached: ReachedLimit | undefined;
  /** How long the call held its job. */
  heldMs: number;
  isFalseTimeout: boolean;
  isLearned: boolean;
};

const judge = (call: TracedCall, limits: CallLimits, configured: CallLimits): Verdict => {
  const cut = earliestCut(call, limits);
  return {
    health: call.health,
    reached: cut?.reached,
    heldMs: cut?.atMs ?? call.totalMs,
    isFalseTimeout: cut !== undefined && call.totalMs <= configured.totalMs,
    isLearned: limits.basis.kind === 'learned',
  };
};

type Cut = { reached: ReachedLimit; atMs: number };

const earliestCut = (call: TracedCall, limits: CallLimits): Cut | undefined => {
  const cuts: Cut[] = [];
  if (call.firstEventMs > limits.firstEventMs)
    cuts.push({ reached: 'firstEvent', atMs: limits.firstEventMs });
  if (call.longestGapMs > limits.betweenEventsMs)
    cuts.push({ reached: 'betweenEvents', atMs: call.gapFromMs + limits.betweenEventsMs });
  if (call.totalMs > limits.totalMs) cuts.push({ reached: 'total', atMs: limits.totalMs });
  return cuts.sort((a, b) => a.atMs - b.atMs)[0];
};

const figuresOf = (verdicts: readonly Verdict[]): PolicyFigures => {
  const falseTimeouts = verdicts.filter(({ isFalseTimeout }) => isFalseTimeout).length;
  return {
    silent: rescueOf(verdicts, 'silent'),
    stalled: rescueOf(verdicts, 'stalled'),
    falseTimeouts,
    falseTimeoutShare: falseTimeouts / verdicts.length,
    learnedShare: verdicts.filter(({ isLearned }) => isLearned).length / verdicts.length,
  };
};

const rescueOf = (verdicts: readonly Verdict[], health: TracedCall['health']): Rescue => {
  const heldMs = verdicts.filter((verdict) => verdict.health === health).map((verdict) => verdict.heldMs);
  const sorted = heldMs.sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  return { calls: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99) };
};
