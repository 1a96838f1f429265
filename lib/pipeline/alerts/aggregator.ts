import type { Clock, FleetRecord, FleetStore } from '../ports.ts';
import { DAY_MS } from '../utc.ts';
import { type Alert, severities } from './alert.ts';
import { GROUPS, readGroup, readSilences } from './alert-records.ts';
import { dueAtMs, type Group, isAudible, isFiring } from './group.ts';
import { mutingOf, type Silence } from './muting.ts';
import type { Notice } from './notice.ts';
import { type AlertPolicy, type GroupIdentity, groupKey, identityOf } from './policy.ts';
import { type GroupEvent, step } from './step.ts';

/** A note to oneself: look at this group then. Without effect when the group is due at another time by then. */
export type Flush = { name: string; dueAtMs: number };

export type AggregatorPorts = {
  clock: Pick<Clock, 'now'>;
  store: FleetStore;
  /** The notices that were taken, by id. Never rejects: what is left out is told later. */
  publish(notices: readonly Notice[]): Promise<ReadonlySet<string>>;
  /** Never rejects: a look that cannot be arranged is made by the next sweep. */
  arrange(flush: Flush): Promise<void>;
  /**
   * Told whenever the record of that group was met and cannot be read: whom it was to tell of what is not known. The
   * group begins anew with the next alert.
   */
  unreadable(group: string): void;
};

export type Aggregated = { published: number; unpublished: number };

/** Turns alerts into notices. Each method rejects when the store fails: nothing is lost if it is then called again. */
export type Aggregator = {
  take(alerts: readonly Alert[]): Promise<Aggregated>;
  flush(flushes: readonly Flush[]): Promise<Aggregated>;
  /** Looks at every group: notes to oneself get lost. */
  sweep(): Promise<Aggregated>;
};

/** Each lost race means that another invocation has written; it is one of two, with few groups. */
const MOST_TRIES = 8;

/** A group that fires is written at every repeat; one that nobody has looked at for a month is no use. */
export const KEEP_FIRING_MS = 30 * DAY_MS;
/** What comes later than this after the end of its group, for the second time or overtaken, is taken for new. */
export const KEEP_OVER_MS = DAY_MS;

/** Version 0: there is no record. */
type Seen = { version: number; group: Group | undefined };
type View = { groups: Map<string, Seen>; silences: readonly Silence[] };
type Context = { ports: AggregatorPorts; policy: AlertPolicy; view: View };
/** A notice to be published, and the group whose it is. */
type Outgoing = { identity: GroupIdentity; notice: Notice };

/**
 * A notice is written into its group before it is published, and taken out afterwards. Whoever dies in between leaves
 * it there, and the next look publishes it, perhaps for a second time.
 */
export const createAggregator = (ports: AggregatorPorts, policy: AlertPolicy): Aggregator => ({
  take: async (alerts) => {
    const context = { ports, policy, view: await readView(ports) };
    return handle(context, eventsOf(alerts, policy));
  },
  flush: async (flushes) => {
    const context = { ports, policy, view: await readView(ports) };
    const due = flushes.flatMap(({ name, dueAtMs: wantedAtMs }) => {
      const group = context.view.groups.get(name)?.group;
      return group !== undefined && dueAtMs(group, policy) === wantedAtMs ? [group] : [];
    });
    return handle(context, due.map(look), { always: true });
  },
  sweep: async () => {
    const context = { ports, policy, view: await readView(ports) };
    return handle(
      context,
      [...context.view.groups.values()].flatMap(({ group }) => (group === undefined ? [] : [look(group)])),
    );
  },
});

type Happening = { identity: GroupIdentity; event: GroupEvent };

const look = ({ name, severity, labels }: Group): Happening => ({
  identity: { name, severity, labels },
  event: { kind: 'look' },
});

/** Grave ones first: they may mute the others. */
const eventsOf = (alerts: readonly Alert[], policy: AlertPolicy): readonly Happening[] => {
  const identities = new Map(
    alerts.map((alert) => identityOf(alert, policy)).map((identity) => [groupKey(identity), identity]),
  );
  const byKey = Map.groupBy(alerts, (alert) => groupKey(identityOf(alert, policy)));
  return [...identities]
    .map(([key, identity]) => ({
      identity,
      event: { kind: 'alerts' as const, alerts: byKey.get(key) ?? [] },
    }))
    .toSorted(
      (one, other) => severities.indexOf(one.identity.severity) - severities.indexOf(other.identity.severity),
    );
};

const readView = async (ports: AggregatorPorts): Promise<View> => {
  const { store } = ports;
  const [groups, silences] = await Promise.all([store.list(GROUPS), readSilences(store)]);
  return { groups: new Map(groups.map((record) => [record.name, readSeen(ports, record)])), silences };
};

/** What cannot be read counts as none, and the next alert writes over it. */
const readSeen = (
  { unreadable }: Pick<AggregatorPorts, 'unreadable'>,
  { name, version, value }: FleetRecord,
): Seen => {
  const group = readGroup(value);
  if (group === undefined) unreadable(name);
  return { version, group };
};

type Handling = { always?: boolean };

/** A group that cannot be written holds no other one back: what is decided is told, then the failure. */
const handle = async (
  context: Context,
  happenings: readonly Happening[],
  { always = false }: Handling = {},
): Promise<Aggregated> => {
  const dueBefore = new Map([...context.view.groups.keys()].map((name) => [name, dueOf(context, name)]));
  const outgoing: Outgoing[] = [];
  const failures: unknown[] = [];
  const advanceAll = async (events: readonly Happening[]): Promise<void> => {
    for (const { identity, event } of events) {
      try {
        const notice = await advance(context, identity, event);
        if (notice !== undefined) outgoing.push({ identity, notice });
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await advanceAll(happenings);
  await advanceAll(looksAtMuted(context.view)); // their causes may just have ended
  const published = await publish(context, outgoing);
  const asked = new Set(always ? happenings.map(({ identity }) => groupKey(identity)) : []);
  for (const name of context.view.groups.keys()) {
    const due = dueOf(context, name);
    if (due < Infinity && (asked.has(name) || due !== (dueBefore.get(name) ?? Infinity)))
      await context.ports.arrange({ name, dueAtMs: due });
  }
  if (failures.length > 0) throw failures[0];
  return { published, unpublished: Math.max(outgoing.length - published, 0) };
};

const looksAtMuted = ({ groups }: View): readonly Happening[] =>
  [...groups.values()].flatMap(({ group }) =>
    group?.members.some((member) => isFiring(member) && !isAudible(member)) ? [look(group)] : [],
  );

const dueOf = ({ view, policy }: Context, name: string): number => {
  const group = view.groups.get(name)?.group;
  return group === undefined ? Infinity : dueAtMs(group, policy);
};

/** A notice that is out may make room for the next one of its group. */
const publish = async (context: Context, outgoing: readonly Outgoing[]): Promise<number> => {
  if (outgoing.length === 0) return 0;
  const taken = await context.ports.publish(outgoing.map(({ notice }) => notice));
  const next: Outgoing[] = [];
  for (const { identity, notice } of outgoing) {
    if (!taken.has(notice.id)) continue;
    const following = await advance(context, identity, { kind: 'published', noticeId: notice.id });
    if (following !== undefined) next.push({ identity, notice: following });
  }
  return taken.size + (await publish(context, next));
};

/** Applies the rule to the record, again to what has come between when another invocation was first. */
const advance = async (
  { ports, policy, view }: Context,
  identity: GroupIdentity,
  event: GroupEvent,
): Promise<Notice | undefined> => {
  const name = groupKey(identity);
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const { version, group } = view.groups.get(name) ?? { version: 0, group: undefined };
    const nowMs = ports.clock.now();
    const groups = [...view.groups.values()].flatMap((seen) => seen.group ?? []);
    const mutedUntil = mutingOf(identity, { silences: view.silences, groups }, policy, nowMs);
    const next = step(group, event, { identity, nowMs, policy, mutedUntil });
    if (next.group === undefined || next.group === group) return undefined;
    const keepMs = keepForMs(next.group, policy);
    const replaced = await ports.store.replace({ family: GROUPS, name }, version, next.group, keepMs);
    if (replaced.kind === 'replaced') {
      view.groups.set(name, { version: version + 1, group: next.group });
      return next.notice;
    }
    const { current } = replaced;
    view.groups.set(
      name,
      current === undefined ? { version: 0, group: undefined } : readSeen(ports, current),
    );
  }
  throw new Error(`a group of alerts changed ${MOST_TRIES} times while it was written`);
};

const keepForMs = (group: Group, policy: AlertPolicy): number =>
  dueAtMs(group, policy) === Infinity ? KEEP_OVER_MS : KEEP_FIRING_MS;
