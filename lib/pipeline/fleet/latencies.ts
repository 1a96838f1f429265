import type { CallLimits, CallTimes, ReachedLimit } from '../model/call-limits.ts';
import type { ProviderName, ReasoningEffort, ServiceTier } from '../model/model.ts';
import type { Clock, FleetRecord, FleetStore } from '../ports.ts';
import { HOUR_MS } from '../utc.ts';
import {
  addCut,
  addTimes,
  emptySketch,
  type LatencySketch,
  latencySketch,
  learnLimits,
  mergeSketches,
  PROBE_WEIGHT,
} from './latency.ts';

/** Calls of one kind, that is, those whose latencies are alike. */
export type LatencyKey = {
  provider: ProviderName;
  modelId: string;
  effort: ReasoningEffort | 'unset';
  tier: ServiceTier;
};

/** What one worker environment knows of latencies. Never throws: without the store it learns from its own calls. */
export type Latencies = {
  /** The configured limits, or shorter ones where recent calls say that shorter is enough. */
  limitsFor(key: LatencyKey, configured: CallLimits): Promise<CallLimits>;
  /** After every call that brought an answer. A circuit's probe outweighs what was known before its outage. */
  record(key: LatencyKey, times: CallTimes, as?: 'probe' | undefined): Promise<void>;
  /**
   * After every call that one of its limits cut off; not after one that its job's deadline or a person ended.
   * `afterMs` is that limit, which for a stalled call is less than the call took.
   */
  recordCut(key: LatencyKey, at: ReachedLimit, afterMs: number): Promise<void>;
};

type Deps = { store: FleetStore; clock: Pick<Clock, 'now'> };

/** The fleet's sketch as last read or written. Version 0: the fleet has none. */
type Seen = { version: number; sketch: LatencySketch };

/** What this environment has seen and not shared yet. */
type Gathered = { sketch: LatencySketch; calls: number; sinceMs: number };

type Memory = {
  seen: Map<string, Seen>;
  gathered: Map<string, Gathered>;
  /** Calls that have not paid for a write yet. */
  callsUnspent: number;
  nextReadAtMs: number;
  reading: Promise<void> | undefined;
};

const FAMILY = 'latency';
const READ_EVERY_MS = 60_000;
const SHARE_AFTER_MS = 60_000;
/** What a write costs, one that loses its race included: at most 0.02 writes per call, however few or many there are. */
export const CALLS_PER_WRITE = 50;
const MOST_TRIES = 3;

/** Six half-lives: then even the heaviest sketch has too few calls to learn from. */
export const LATENCY_KEPT_FOR_MS = 3 * HOUR_MS;

/**
 * Reads the fleet's sketches at most once a minute, and shares its own calls of a kind when 50 have gathered or the
 * first is a minute old, as far as 50 calls of any kind have paid for the write. The first write is on credit, for
 * environments that live briefly.
 */
export const createLatencies = (deps: Deps): Latencies => {
  const memory: Memory = {
    seen: new Map(),
    gathered: new Map(),
    callsUnspent: CALLS_PER_WRITE,
    nextReadAtMs: Number.NEGATIVE_INFINITY,
    reading: undefined,
  };
  return {
    limitsFor: async (key, configured) => {
      await refresh(deps, memory);
      return learnLimits(sketchNow(deps, memory, nameOf(key)), configured);
    },
    record: (key, times, as) =>
      gather(deps, memory, nameOf(key), (sketch, nowMs) =>
        addTimes(sketch, times, nowMs, as === 'probe' ? PROBE_WEIGHT : 1),
      ),
    recordCut: (key, at, afterMs) =>
      gather(deps, memory, nameOf(key), (sketch, nowMs) => addCut(sketch, at, afterMs, nowMs)),
  };
};

const nameOf = ({ provider, modelId, effort, tier }: LatencyKey): string =>
  `${provider}/${modelId}/${effort}/${tier}`;

const refresh = ({ store, clock }: Deps, memory: Memory): Promise<void> | undefined => {
  const nowMs = clock.now();
  if (memory.reading !== undefined || nowMs < memory.nextReadAtMs) return memory.reading;
  memory.nextReadAtMs = nowMs + READ_EVERY_MS;
  memory.reading = read(store, memory, nowMs).finally(() => {
    memory.reading = undefined;
  });
  return memory.reading;
};

/** What cannot be read leaves the last view standing; it fades by itself. */
const read = async (store: FleetStore, { seen }: Memory, nowMs: number): Promise<void> => {
  try {
    for (const record of await store.list(FAMILY))
      if (isNewer(seen, record)) seen.set(record.name, seenOf(record, nowMs));
  } catch {
    return;
  }
};

/** A read may be older than the own write that it follows. */
const isNewer = (seen: Memory['seen'], { name, version }: { name: string; version: number }): boolean =>
  version > (seen.get(name)?.version ?? 0);

/** A value that cannot be read counts as empty, and the next write mends it. */
const seenOf = (record: FleetRecord | undefined, nowMs: number): Seen => {
  if (record === undefined) return { version: 0, sketch: emptySketch(nowMs) };
  const parsed = latencySketch.safeParse(record.value);
  return { version: record.version, sketch: parsed.success ? parsed.data : emptySketch(nowMs) };
};

/** The own calls count at once, shared or not. */
const sketchNow = ({ clock }: Deps, { seen, gathered }: Memory, name: string): LatencySketch => {
  const nowMs = clock.now();
  const empty = emptySketch(nowMs);
  return mergeSketches(seen.get(name)?.sketch ?? empty, gathered.get(name)?.sketch ?? empty, nowMs);
};

const gather = async (
  deps: Deps,
  memory: Memory,
  name: string,
  add: (sketch: LatencySketch, nowMs: number) => LatencySketch,
): Promise<void> => {
  const nowMs = deps.clock.now();
  const before = memory.gathered.get(name) ?? { sketch: emptySketch(nowMs), calls: 0, sinceMs: nowMs };
  const gathered = { ...before, sketch: add(before.sketch, nowMs), calls: before.calls + 1 };
  memory.gathered.set(name, gathered);
  memory.callsUnspent += 1;
  const isDue = gathered.calls >= CALLS_PER_WRITE || nowMs - gathered.sinceMs >= SHARE_AFTER_MS;
  if (isDue && memory.callsUnspent >= CALLS_PER_WRITE) await share(deps, memory, name, gathered);
};

/** What cannot be written is not tried again: it is counted here, and the fleet has plenty. */
const share = async (deps: Deps, memory: Memory, name: string, gathered: Gathered): Promise<void> => {
  memory.gathered.delete(name);
  let seen = memory.seen.get(name) ?? seenOf(undefined, deps.clock.now());
  try {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const lost = await writeOver(deps, memory, name, seen, gathered.sketch);
      if (lost === undefined) return;
      seen = lost;
    }
  } catch {
    return;
  }
};

/** Returns what another environment has written meanwhile. */
const writeOver = async (
  { store, clock }: Deps,
  memory: Memory,
  name: string,
  seen: Seen,
  gathered: LatencySketch,
): Promise<Seen | undefined> => {
  const nowMs = clock.now();
  const sketch = mergeSketches(seen.sketch, gathered, nowMs);
  memory.seen.set(name, { version: seen.version, sketch });
  memory.callsUnspent -= CALLS_PER_WRITE;
  const replaced = await store.replace({ family: FAMILY, name }, seen.version, sketch, LATENCY_KEPT_FOR_MS);
  if (replaced.kind === 'changed') return seenOf(replaced.current, nowMs);
  const version = seen.version + 1;
  if (isNewer(memory.seen, { name, version })) memory.seen.set(name, { version, sketch });
  return undefined;
};
