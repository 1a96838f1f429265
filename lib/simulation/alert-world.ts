import { type AggregatorPorts, createAggregator, type Flush } from '../pipeline/alerts/aggregator.ts';
import type { Alert } from '../pipeline/alerts/alert.ts';
import type { Silence } from '../pipeline/alerts/muting.ts';
import type { Notice } from '../pipeline/alerts/notice.ts';
import type { AlertPolicy } from '../pipeline/alerts/policy.ts';
import { inMemoryFleetStore } from './in-memory-fleet-store.ts';

export type ToldNotice = { atMs: number; notice: Notice };

/** The aggregator with its queue, its schedule and its topic, on virtual time. */
export type AlertWorld = {
  /** A batch of alerts that arrives then. */
  push(atMs: number, ...alerts: readonly Alert[]): void;
  silence(atMs: number, silence: Silence): void;
  /** Takes the silence back that was made at `madeAtMs`. */
  endSilence(atMs: number, madeAtMs: number): void;
  changePolicy(atMs: number, policy: AlertPolicy): void;
  /** Replaces the records of all groups by something that is none. */
  spoilGroups(atMs: number): void;
  runUntil(endMs: number): Promise<void>;
  /** What the topic has been given, in order. */
  notices: readonly ToldNotice[];
};

export type AlertWorldOptions = {
  policy: AlertPolicy;
  /** Every effect of the aggregator goes through it: a hook that throws from then on has killed the invocation. */
  effect?<Result>(make: () => Promise<Result>): Promise<Result>;
  /** Told when an invocation begins, before its first effect. */
  begins?(): void;
  /** Whether the topic takes a notice. */
  takes?(notice: Notice, atMs: number): boolean;
  /** Whether the table takes a write. */
  writes?(): boolean;
  /** Whether a note to oneself arrives. */
  arrives?(flush: Flush): boolean;
  /** Told of each record of a group that was met and cannot be read. */
  unreadable?(group: string): void;
  /** Whether the schedule runs. */
  sweeps?: boolean;
};

/** What the stack declares: how long a message of a dead invocation stays hidden, and how often groups are looked at. */
const VISIBILITY_MS = 180_000;
const SWEEP_EVERY_MS = 60_000;
/** SQS delays no message for longer. */
const LONGEST_DELAY_MS = 900_000;

type Happening = { atMs: number; run(): Promise<void> };

export const createAlertWorld = (options: AlertWorldOptions): AlertWorld => {
  const line = createLine();
  const store = inMemoryFleetStore(line.now);
  const told: ToldNotice[] = [];
  let { policy } = options;
  const ports = portsOf(options, line, { store, told });
  /** Nothing is in memory between two invocations: each could be the first of its environment. */
  const aggregator = () => {
    options.begins?.();
    return createAggregator(ports, policy);
  };
  const deliver = (message: Message): void => {
    line.add(line.now(), () => invoke(message));
  };
  const invoke = async (message: Message): Promise<void> => {
    try {
      if (message.kind === 'alerts') await aggregator().take(message.alerts);
      else await aggregator().flush([message.flush]);
    } catch {
      line.add(line.now() + VISIBILITY_MS, () => invoke(message));
    }
  };
  ports.onFlush = (flush) => deliver({ kind: 'flush', flush });
  const sweep = async (): Promise<void> => {
    line.add(line.now() + SWEEP_EVERY_MS, sweep);
    await aggregator()
      .sweep()
      .catch(() => undefined);
  };
  if (options.sweeps !== false) line.add(SWEEP_EVERY_MS, sweep);
  return {
    push: (atMs, ...alerts) => line.add(atMs, () => invoke({ kind: 'alerts', alerts })),
    silence: (atMs, silence) =>
      line.add(atMs, async () => {
        await store.replace({ family: 'silence', name: `at-${atMs}` }, 0, silence, Infinity);
      }),
    endSilence: (atMs, madeAtMs) =>
      line.add(atMs, async () => {
        await store.replace({ family: 'silence', name: `at-${madeAtMs}` }, 1, {}, 0);
      }),
    changePolicy: (atMs, changed) =>
      line.add(atMs, async () => {
        policy = changed;
      }),
    spoilGroups: (atMs) =>
      line.add(atMs, async () => {
        for (const { name, version } of await store.list('group'))
          await store.replace({ family: 'group', name }, version, { members: 'all' }, Infinity);
      }),
    runUntil: line.runUntil,
    notices: told,
  };
};

type Message = { kind: 'alerts'; alerts: readonly Alert[] } | { kind: 'flush'; flush: Flush };

type Line = ReturnType<typeof createLine>;

/** Happenings in the order of their instants; those of one instant in the order in which they were added. */
const createLine = () => {
  let nowMs = 0;
  const happenings: Happening[] = [];
  const add = (atMs: number, run: () => Promise<void>): void => {
    const after = happenings.findLastIndex((other) => other.atMs <= atMs);
    happenings.splice(after + 1, 0, { atMs, run });
  };
  return {
    now: () => nowMs,
    add,
    runUntil: async (endMs: number): Promise<void> => {
      for (;;) {
        const [next] = happenings;
        if (next === undefined || next.atMs > endMs) break;
        happenings.shift();
        nowMs = next.atMs;
        await next.run();
      }
      nowMs = endMs;
    },
  };
};

type Inside = { store: AggregatorPorts['store']; told: ToldNotice[] };

const yes = () => true;

const portsOf = (
  {
    effect = (make) => make(),
    takes = yes,
    arrives = yes,
    writes = yes,
    unreadable = () => undefined,
  }: AlertWorldOptions,
  line: Line,
  { store, told }: Inside,
): AggregatorPorts & { onFlush(flush: Flush): void } => {
  const ports: AggregatorPorts & { onFlush(flush: Flush): void } = {
    onFlush: () => undefined,
    clock: { now: line.now },
    unreadable,
    store: {
      list: (family) => effect(() => store.list(family)),
      replace: (...change) =>
        effect(async () => {
          if (!writes()) throw new Error('the table is down');
          return store.replace(...change);
        }),
    },
    publish: (notices) =>
      effect(async () => {
        const taken = notices.filter((notice) => takes(notice, line.now()));
        told.push(...taken.map((notice) => ({ atMs: line.now(), notice })));
        return new Set(taken.map(({ id }) => id));
      }),
    arrange: (flush) =>
      effect(async () => {
        if (!arrives(flush)) return;
        const delayMs = Math.min(Math.max(flush.dueAtMs - line.now(), 0), LONGEST_DELAY_MS);
        line.add(line.now() + delayMs, async () => ports.onFlush(flush));
      }),
  };
  return ports;
};
