import * as z from 'zod/mini';
import { type Alert, alertSchema, labelsText } from './alert.ts';
import { noticeSchema } from './notice.ts';
import type { AlertPolicy, GroupIdentity } from './policy.ts';

const { name, severity, labels, state } = alertSchema.shape;

const memberSchema = z.object({
  labels,
  state,
  /** The latest that is known of it; what is older and comes later is ignored. */
  atMs: z.number(),
  endsAtMs: z.optional(z.number()),
  /** A person knows that it fires. */
  told: z.boolean(),
  /** It went from firing to resolved since the last notice. */
  ended: z.boolean(),
  /** Kept from people, and when to ask again whether it is. */
  mutedUntilMs: z.optional(z.number()),
});
export type Member = z.infer<typeof memberSchema>;

/** The record of a group, as the table keeps it. */
export const groupSchema = z.object({
  name,
  severity,
  labels,
  openedAtMs: z.number(),
  members: z.array(memberSchema),
  /** Alerts since the last notice of members for which there is no room. */
  uncounted: z.int(),
  received: z.int(),
  firstAtMs: z.number(),
  lastAtMs: z.number(),
  notices: z.int(),
  noticeAtMs: z.optional(z.number()),
  /** Since when there has been something to tell. */
  newsAtMs: z.optional(z.number()),
  /** The same of those for which there is no room. */
  mutedUntilMs: z.optional(z.number()),
  /** Decided and not known to be published. It stays until it is. */
  pending: z.optional(z.object({ notice: noticeSchema, atMs: z.number() })),
});
export type Group = z.infer<typeof groupSchema>;

/** About 100 bytes each, in an item of 400 KB that every batch reads: a storm must not make itself slow. */
export const MOST_MEMBERS = 300;

/** Whoever wrote a pending notice has this long to publish it; then others may, at the risk of a second one. In ms. */
const PUBLISH_LEASE_MS = 20_000;

const openGroup = ({ name, severity, labels }: GroupIdentity, nowMs: number): Group => ({
  name,
  severity,
  labels,
  openedAtMs: nowMs,
  members: [],
  uncounted: 0,
  received: 0,
  firstAtMs: nowMs,
  lastAtMs: 0,
  notices: 0,
});

export const isFiring = ({ state }: Member): boolean => state === 'firing';

/** Of a member; of a group, whether those are for which it has no room. */
export const isAudible = ({ mutedUntilMs }: { mutedUntilMs?: number | undefined }): boolean =>
  mutedUntilMs === undefined;

/** Alerts since the last notice that have no member, as far as people may hear of them. */
export const audibleUncounted = (group: Group): number => (isAudible(group) ? group.uncounted : 0);

export type News = 'firing' | 'resolved';

/**
 * What there is to tell of the members that people may hear of. That some are resolved is none while others fire: nobody
 * gets up for that.
 */
export const newsOf = (group: Group): News | undefined => {
  const audible = group.members.filter(isAudible);
  const firing = audible.filter(isFiring);
  if (audibleUncounted(group) > 0 || firing.some(({ told }) => !told)) return 'firing';
  return firing.length === 0 && audible.some(({ told }) => told) ? 'resolved' : undefined;
};

/** When a group must be looked at next, in ms since 1970; Infinity when it is over. Derived, so that a new policy holds for old groups. */
export const dueAtMs = (group: Group, policy: AlertPolicy): number => {
  if (group.pending !== undefined) return group.pending.atMs + PUBLISH_LEASE_MS;
  const turns = group.members
    .filter(isFiring)
    .flatMap(({ endsAtMs = Infinity, mutedUntilMs = Infinity }) => [endsAtMs, mutedUntilMs]);
  if (group.uncounted > 0) turns.push(group.mutedUntilMs ?? Infinity);
  return Math.min(noticeDueAtMs(group, policy), ...turns);
};

const noticeDueAtMs = (group: Group, policy: AlertPolicy): number => {
  const { newsAtMs, noticeAtMs } = group;
  if (newsAtMs !== undefined) {
    const spacedAtMs = noticeAtMs === undefined ? -Infinity : noticeAtMs + spacingMs(group, policy);
    return Math.max(newsAtMs + waitMs(group, policy), spacedAtMs);
  }
  if (!group.members.some((member) => isFiring(member) && isAudible(member))) return Infinity;
  return (noticeAtMs ?? group.openedAtMs) + policy.repeatIntervalMs;
};

/** What fires critically is not waited with. */
const waitMs = (group: Group, policy: AlertPolicy): number =>
  group.severity === 'critical' && newsOf(group) === 'firing' ? 0 : policy.groupWaitMs;

/** The first notice of a critical group told of one alert: what belongs to it follows after the usual wait. */
const spacingMs = ({ severity, notices }: Group, policy: AlertPolicy): number =>
  severity === 'critical' && notices === 1 ? policy.groupWaitMs : policy.groupIntervalMs;

/** Nothing fires, a person knows, and the interval has passed: the next alert is a first one again. */
const isOver = (group: Group, policy: AlertPolicy, nowMs: number): boolean =>
  group.pending === undefined &&
  newsOf(group) === undefined &&
  !group.members.some(isFiring) &&
  nowMs >= (group.noticeAtMs ?? group.openedAtMs) + policy.groupIntervalMs;

/** The group that alerts join. What is over leaves its members behind: an alert that comes late must not revive them. */
export const groupFor = (
  known: Group | undefined,
  identity: GroupIdentity,
  policy: AlertPolicy,
  nowMs: number,
): Group => {
  if (known === undefined) return openGroup(identity, nowMs);
  return isOver(known, policy, nowMs) ? { ...openGroup(identity, nowMs), members: known.members } : known;
};

/** Takes one alert in. `undefined` when it says nothing new: a second delivery, or one that was overtaken. */
export const withAlert = (group: Group, alert: Alert): Group | undefined => {
  const text = labelsText(alert.labels);
  const known = group.members.find(({ labels }) => labelsText(labels) === text);
  if (known !== undefined && isOld(known, alert)) return undefined;
  const counted =
    alert.state === 'firing' || (known !== undefined && isFiring(known)) ? count(group, alert) : group;
  if (known === undefined && group.members.length >= MOST_MEMBERS)
    return alert.state === 'firing' ? { ...counted, uncounted: group.uncounted + 1 } : counted;
  const member = memberAfter(known, alert);
  const members =
    known === undefined
      ? [...group.members, member]
      : group.members.map((other) => (other === known ? member : other));
  return { ...counted, members };
};

/** An end of what nobody has heard of (an alarm that is new says OK first) is no alert, and begins nothing. */
const count = (group: Group, { atMs }: Alert): Group => {
  const isFirst = group.received === 0 && group.notices === 0;
  return {
    ...group,
    received: group.received + 1,
    firstAtMs: isFirst ? atMs : Math.min(group.firstAtMs, atMs),
    lastAtMs: Math.max(group.lastAtMs, atMs),
  };
};

/** At the same instant, firing wins: rather one notice too many. */
const isOld = (known: Member, { atMs, state }: Alert): boolean =>
  atMs < known.atMs || (atMs === known.atMs && (state === known.state || state === 'resolved'));

const memberAfter = (known: Member | undefined, { labels, state, atMs, endsAtMs }: Alert): Member => ({
  labels,
  state,
  atMs,
  ...(state === 'firing' && endsAtMs !== undefined && { endsAtMs }),
  told: known?.told ?? false,
  ended: (known?.ended ?? false) || (known !== undefined && isFiring(known) && state === 'resolved'),
});

/** Firing members whose time is over become resolved ones. */
export const withEndsApplied = (group: Group, nowMs: number): Group => {
  const isPast = (member: Member) => isFiring(member) && (member.endsAtMs ?? Infinity) <= nowMs;
  if (!group.members.some(isPast)) return group;
  const members = group.members.map((member) =>
    isPast(member)
      ? memberAfter(member, {
          ...group,
          labels: member.labels,
          state: 'resolved',
          atMs: member.endsAtMs ?? nowMs,
        })
      : member,
  );
  return { ...group, members };
};
