import * as z from 'zod/mini';
import type { CallLimits, CallTimes, ReachedLimit } from '../model/call-limits.ts';

/** Bucket 0 holds what took up to 50 ms; each next one reaches a fifth further; the last has all above 61 s. */
const LEAST_EDGE_MS = 50;
const EDGE_RATIO = 1.2;
const BUCKETS = 41;

const HALF_LIFE_MS = 30 * 60_000;

/** Ages in steps, so that a step always moves a rounded count: aged by the second, small counts would never fade. */
const AGING_STEP_MS = 5 * 60_000;

/** Busy models forget sooner: beyond this weight a histogram is halved. Bounds the record and the calls to relearn. */
const MOST_CALLS = 4_096;

/** A probe stands for the calls that its circuit has kept away: its times become the p99, whatever was known before. */
export const PROBE_WEIGHT = Math.ceil(MOST_CALLS / 100) + 1;

/** Below this a count is gone. Above it, one step of aging is more than what rounding to 0.01 gives back. */
const LEAST_COUNT = 0.05;

/** A call that was cut would have taken longer; nobody knows by how much. */
const CUT_FACTOR = 1.5;

/**
 * Calls from which a p99 means something: of those that environments have shared, which a fleet of many does late
 * (CALLS_PER_WRITE in latencies.ts).
 */
export const LEAST_CALLS = 100;

/** Counts by bucket, trailing zeros left out. */
type Histogram = readonly number[];

const isCount = (value: unknown): boolean =>
  typeof value === 'number' && value >= 0 && value <= 2 * MOST_CALLS;

/** One check for all counts: an environment reads thousands of them at a time. */
const histogram = z.custom<Histogram>(
  (value) => Array.isArray(value) && value.length <= BUCKETS && value.every(isCount),
);

/** What recent calls of one kind took: three histograms, each count fading by half every 30 min. Under 1 KB as JSON. */
export const latencySketch = z.strictObject({
  /** Up to when it has been aged, in steps of 5 min since 1970. */
  agedToStep: z.int(),
  firstEvent: histogram,
  betweenEvents: histogram,
  total: histogram,
});
export type LatencySketch = z.infer<typeof latencySketch>;

export const emptySketch = (nowMs: number): LatencySketch => ({
  agedToStep: stepAt(nowMs),
  firstEvent: [],
  betweenEvents: [],
  total: [],
});

/** Both together, as they weigh now. */
export const mergeSketches = (one: LatencySketch, other: LatencySketch, nowMs: number): LatencySketch => {
  const [a, b] = [ageSketch(one, nowMs), ageSketch(other, nowMs)];
  return {
    agedToStep: stepAt(nowMs),
    firstEvent: sum(a.firstEvent, b.firstEvent),
    betweenEvents: sum(a.betweenEvents, b.betweenEvents),
    total: sum(a.total, b.total),
  };
};

/** With one more call that brought an answer, counted as `weight` of them. */
export const addTimes = (
  sketch: LatencySketch,
  times: CallTimes,
  nowMs: number,
  weight = 1,
): LatencySketch => {
  const { agedToStep, firstEvent, betweenEvents, total } = ageSketch(sketch, nowMs);
  return {
    agedToStep,
    firstEvent: countIn(firstEvent, times.firstEventMs, weight),
    betweenEvents: countIn(betweenEvents, times.longestGapMs, weight),
    total: countIn(total, times.totalMs, weight),
  };
};

/**
 * With one more call that a limit cut off. Left out, slow calls would never be seen, and a limit that has become too
 * short would stay so. As it is, a limit that cuts more than 1 % of the recent calls (41 of them at most) becomes the
 * p99 itself, and with the margins more than doubles each time.
 */
export const addCut = (
  sketch: LatencySketch,
  at: ReachedLimit,
  afterMs: number,
  nowMs: number,
): LatencySketch => {
  const aged = ageSketch(sketch, nowMs);
  return { ...aged, [at]: countIn(aged[at], afterMs * CUT_FACTOR, 1) };
};

/** What a limit leaves above the p99. In adaptive-against-fixed.ts a factor of 2 spares few calls, and rescues later. */
const MARGIN_FACTOR = 1.5;
const margins: Readonly<Record<ReachedLimit, { plusMs: number; floorMs: number }>> = {
  firstEvent: { plusMs: 250, floorMs: 1_000 },
  betweenEvents: { plusMs: 250, floorMs: 1_500 },
  total: { plusMs: 500, floorMs: 3_000 },
};

/** Never above the configured ones: what has been proven of those holds for the learned ones too. */
export const learnLimits = (sketch: LatencySketch, configured: CallLimits): CallLimits => {
  const samples = Math.floor(
    Math.min(weightOf(sketch.firstEvent), weightOf(sketch.betweenEvents), weightOf(sketch.total)),
  );
  if (samples < LEAST_CALLS) return configured;
  const p99Ms = {
    firstEvent: p99Of(sketch.firstEvent),
    betweenEvents: p99Of(sketch.betweenEvents),
    total: p99Of(sketch.total),
  };
  const firstEventMs = Math.min(withMargin('firstEvent', p99Ms.firstEvent), configured.firstEventMs);
  const betweenEventsMs = Math.min(
    withMargin('betweenEvents', p99Ms.betweenEvents),
    configured.betweenEventsMs,
  );
  const totalMs = Math.min(withMargin('total', p99Ms.total), configured.totalMs);
  const isShorter =
    firstEventMs < configured.firstEventMs ||
    betweenEventsMs < configured.betweenEventsMs ||
    totalMs < configured.totalMs;
  if (!isShorter) return configured;
  return { firstEventMs, betweenEventsMs, totalMs, basis: { kind: 'learned', samples, p99Ms } };
};

const withMargin = (name: ReachedLimit, p99Ms: number): number => {
  const { plusMs, floorMs } = margins[name];
  return Math.max(floorMs, Math.round(MARGIN_FACTOR * p99Ms + plusMs));
};

/** Why a call may take as long as it may, in one sentence for people. */
export const explainLimits = ({ firstEventMs, betweenEventsMs, totalMs, basis }: CallLimits): string => {
  const clauses: readonly [ReachedLimit, number, string][] = [
    ['firstEvent', firstEventMs, `first event within ${seconds(firstEventMs)}`],
    ['betweenEvents', betweenEventsMs, `at most ${seconds(betweenEventsMs)} between events`],
    ['total', totalMs, `all within ${seconds(totalMs)}`],
  ];
  switch (basis.kind) {
    case 'configured':
      return `${clauses.map(([, , what]) => what).join('; ')}: as configured.`;
    case 'asked':
      return `${clauses.map(([, , what]) => what).join('; ')}: in all as the job's own timeoutMs asks, else as configured.`;
    case 'learned': {
      const told = clauses.map(([name, ms, what]) => `${what} (${reasonOf(name, ms, basis.p99Ms[name])})`);
      return `${told.join('; ')}: learned from ${basis.samples} recent calls.`;
    }
  }
};

const reasonOf = (name: ReachedLimit, limitMs: number, p99Ms: number): string => {
  const { plusMs, floorMs } = margins[name];
  const learnedMs = withMargin(name, p99Ms);
  if (limitMs < learnedMs) return `as configured, the p99 is ${seconds(p99Ms)}`;
  if (learnedMs === floorMs) return `never less, the p99 is ${seconds(p99Ms)}`;
  return `${MARGIN_FACTOR} x the p99 of ${seconds(p99Ms)}, plus ${plusMs} ms`;
};

const seconds = (ms: number): string => (ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`);

const stepAt = (nowMs: number): number => Math.floor(nowMs / AGING_STEP_MS);

/** A sketch from a clock that runs ahead is taken as of now. */
const ageSketch = (sketch: LatencySketch, nowMs: number): LatencySketch => {
  const steps = stepAt(nowMs) - sketch.agedToStep;
  if (steps === 0) return sketch;
  const factor = Math.min(1, 0.5 ** ((steps * AGING_STEP_MS) / HALF_LIFE_MS));
  return {
    agedToStep: stepAt(nowMs),
    firstEvent: scale(sketch.firstEvent, factor),
    betweenEvents: scale(sketch.betweenEvents, factor),
    total: scale(sketch.total, factor),
  };
};

const scale = (counts: Histogram, factor: number): Histogram => trim(counts.map((count) => count * factor));

const sum = (one: Histogram, other: Histogram): Histogram => {
  const [longer, shorter] = one.length < other.length ? [other, one] : [one, other];
  return bound(longer.map((count, bucket) => count + (shorter[bucket] ?? 0)));
};

const countIn = (counts: Histogram, ms: number, weight: number): Histogram => {
  const bucket = bucketOf(ms);
  const counted = [...counts];
  while (counted.length <= bucket) counted.push(0);
  return counted.with(bucket, (counted[bucket] ?? 0) + weight);
};

const bound = (counts: Histogram): Histogram => {
  const isTooHeavy = weightOf(counts) > MOST_CALLS;
  return isTooHeavy ? bound(scale(counts, 0.5)) : trim(counts);
};

const trim = (counts: Histogram): Histogram => {
  const rounded = counts.map((count) => (count < LEAST_COUNT ? 0 : Math.round(count * 100) / 100));
  return rounded.slice(0, rounded.findLastIndex((count) => count > 0) + 1);
};

const weightOf = (counts: Histogram): number => counts.reduce((weight, count) => weight + count, 0);

const edgeMs = (bucket: number): number => Math.round(LEAST_EDGE_MS * EDGE_RATIO ** bucket);

const bucketOf = (ms: number): number => {
  if (ms <= LEAST_EDGE_MS) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(ms / LEAST_EDGE_MS) / Math.log(EDGE_RATIO)));
};

/** The upper edge of the p99's bucket: up to a fifth more than the p99 itself, never less. */
const p99Of = (counts: Histogram): number => {
  const tail = weightOf(counts) / 100;
  let above = 0;
  for (let bucket = counts.length - 1; bucket > 0; bucket -= 1) {
    above += counts[bucket] ?? 0;
    if (above > tail) return edgeMs(bucket);
  }
  return edgeMs(0);
};
