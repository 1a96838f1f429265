import type { LatencyKey } from '../pipeline/fleet/latencies.ts';
import type { ModelName, ProviderName } from '../pipeline/model/model.ts';
import type { Random } from '../seeded-random.ts';

/** One call as it would go if nobody cut it off. What never comes is `Infinity`. */
export type TracedCall = {
  atMs: number;
  key: LatencyKey;
  health: 'answers' | 'silent' | 'stalled';
  firstEventMs: number;
  /** When the longest pause between two events begins. */
  gapFromMs: number;
  longestGapMs: number;
  totalMs: number;
};

type Shape = { provider: ProviderName; medianMs: number };

/** Medians at medium effort, the spreads and the factors below: the shape that the local model server answers in. */
const shapes: Readonly<Record<ModelName, Shape>> = {
  'gpt-5': { provider: 'azure-openai', medianMs: 4_000 },
  'gpt-5-mini': { provider: 'azure-openai', medianMs: 1_800 },
  'gpt-5-nano': { provider: 'azure-openai', medianMs: 900 },
  claude: { provider: 'anthropic', medianMs: 1_500 },
};
const FIRST_EVENT_MEDIAN_MS = 200;

/** Log-normal with a p99 of three times the median, and of twice the median. */
const LATENCY_SIGMA = 0.472;
const FIRST_EVENT_SIGMA = 0.298;
const MAX_FIRST_EVENT_SHARE = 0.5;

/** Events that the text comes in. */
const TEXT_EVENTS = 12;

type Reasoning = {
  effort: LatencyKey['effort'];
  share: number;
  latencyFactor: number;
  thinkingShare: number;
};

const reasonings: readonly Reasoning[] = [
  { effort: 'minimal', share: 0.2, latencyFactor: 0.5, thinkingShare: 0.1 },
  { effort: 'low', share: 0.3, latencyFactor: 0.75, thinkingShare: 0.3 },
  { effort: 'medium', share: 0.4, latencyFactor: 1, thinkingShare: 0.5 },
  { effort: 'high', share: 0.1, latencyFactor: 2, thinkingShare: 0.7 },
];
const unset: Reasoning = { effort: 'unset', share: 1, latencyFactor: 1, thinkingShare: 0.1 };

/** Beside the log-normal body: one call in a hundred waits longer, by a Pareto factor of at most ten. */
const TAIL_SHARE = 0.01;
const TAIL_ALPHA = 1.5;
const MAX_TAIL_FACTOR = 10;

const SILENT_SHARE = 0.005;
const STALLED_SHARE = 0.005;

/** 50,000 calls take a day. */
const MEAN_INTERVAL_MS = 1_728;

/** One wave of drift over the trace, and a slowdown within it. */
const DRIFT = 0.25;
const SLOWDOWN = { fromShare: 0.6, untilShare: 0.75, factor: 2 };

/** A trace of one model: its efforts mixed, drifting, half as fast for a while, some calls silent or stalled. */
export const drawTrace = (random: Random, model: ModelName, calls: number): readonly TracedCall[] => {
  let atMs = 0;
  return Array.from({ length: calls }, (_, index) => {
    atMs += -Math.log(1 - random.next()) * MEAN_INTERVAL_MS;
    return drawCall(random, model, atMs, slownessAt(index / calls));
  });
};

const slownessAt = (share: number): number => {
  const isSlow = share >= SLOWDOWN.fromShare && share < SLOWDOWN.untilShare;
  return (1 + DRIFT * Math.sin(2 * Math.PI * share)) * (isSlow ? SLOWDOWN.factor : 1);
};

const drawCall = (random: Random, model: ModelName, atMs: number, slowness: number): TracedCall => {
  const { provider, medianMs } = shapes[model];
  const reasoning = model === 'claude' ? unset : drawReasoning(random);
  const medianNowMs = medianMs * reasoning.latencyFactor * slowness;
  const totalMs = medianNowMs * spread(random, LATENCY_SIGMA);
  const firstEventMs = drawFirstEventMs(random, totalMs, slowness);
  const thinkingMs = (totalMs - firstEventMs) * reasoning.thinkingShare;
  const textGapMs = (totalMs - firstEventMs - thinkingMs) / TEXT_EVENTS;
  const longestGapMs = Math.max(thinkingMs, textGapMs);
  const key: LatencyKey = { provider, modelId: model, effort: reasoning.effort, tier: 'default' };
  const call = { atMs, key, firstEventMs, gapFromMs: firstEventMs, longestGapMs, totalMs };
  return spoil(random, call, thinkingMs);
};

const drawReasoning = (random: Random): Reasoning => {
  const draw = random.next();
  let below = 0;
  return (
    reasonings.find(({ share }) => {
      below += share;
      return draw < below;
    }) ?? unset
  );
};

/** Waiting to be admitted delays the first event, and may be all that delays the reply. */
const drawFirstEventMs = (random: Random, totalMs: number, slowness: number): number => {
  const firstEventMs = FIRST_EVENT_MEDIAN_MS * slowness * spread(random, FIRST_EVENT_SIGMA);
  return Math.min(firstEventMs, totalMs * MAX_FIRST_EVENT_SHARE);
};

const spoil = (random: Random, call: Omit<TracedCall, 'health'>, thinkingMs: number): TracedCall => {
  const draw = random.next();
  if (draw < SILENT_SHARE) return { ...call, health: 'silent', firstEventMs: Infinity, totalMs: Infinity };
  if (draw >= SILENT_SHARE + STALLED_SHARE) return { ...call, health: 'answers' };
  const streamedMs = (call.totalMs - call.firstEventMs) * random.next();
  const gapFromMs = call.firstEventMs + (streamedMs < thinkingMs ? 0 : streamedMs);
  return { ...call, health: 'stalled', gapFromMs, longestGapMs: Infinity, totalMs: Infinity };
};

const spread = (random: Random, sigma: number): number =>
  Math.exp(sigma * drawNormal(random)) * drawTail(random);

const drawTail = (random: Random): number =>
  random.chance(TAIL_SHARE) ? Math.min(MAX_TAIL_FACTOR, (1 - random.next()) ** (-1 / TAIL_ALPHA)) : 1;

/** Box-Muller. */
const drawNormal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
