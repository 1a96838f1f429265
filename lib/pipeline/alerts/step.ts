import { HOUR_MS } from '../utc.ts';
import { type Alert, labelsText } from './alert.ts';
import {
  audibleUncounted,
  dueAtMs,
  type Group,
  groupFor,
  isAudible,
  isFiring,
  type Member,
  newsOf,
  withAlert,
  withEndsApplied,
} from './group.ts';
import { type MutedUntil, withMuting } from './muting.ts';
import type { Notice, NoticeReason } from './notice.ts';
import { type AlertPolicy, type GroupIdentity, groupKey } from './policy.ts';
import { runbookOf, suggestedAction } from './suggested-actions.ts';

/** What can happen to a group. `look`: time has passed. */
export type GroupEvent =
  | { kind: 'alerts'; alerts: readonly Alert[] }
  | { kind: 'look' }
  | { kind: 'published'; noticeId: string };

/**
 * A group after an event. `notice` is to be published now, and reported as published afterwards; until then it stays in
 * the group. `dueAtMs` of the group says when to look again.
 */
export type Step = { group: Group | undefined; notice?: Notice };

/** A message of a dead worker comes back minutes later, and may be older than what is known by then. */
const LATE_MS = HOUR_MS;

type Around = { identity: GroupIdentity; nowMs: number; policy: AlertPolicy; mutedUntil: MutedUntil };

/** The rule of groups: everything about waiting, repeating, muting and telling is in here, and nothing else. */
export const step = (known: Group | undefined, event: GroupEvent, around: Around): Step => {
  const { nowMs, policy, mutedUntil } = around;
  const taken = take(known, event, around);
  if (taken === undefined) return { group: undefined };
  const current = withNews(withMuting(withEndsApplied(taken, nowMs), mutedUntil, nowMs), nowMs);
  if (nowMs < dueAtMs(current, policy)) return { group: current };
  return current.pending === undefined ? tell(current, around) : tellAgain(current, current.pending, nowMs);
};

const take = (
  known: Group | undefined,
  event: GroupEvent,
  { identity, policy, nowMs }: Around,
): Group | undefined => {
  switch (event.kind) {
    case 'look':
      return known;
    case 'published':
      return known?.pending?.notice.id === event.noticeId ? published(known, nowMs) : known;
    case 'alerts': {
      const joined = groupFor(known, identity, policy, nowMs);
      const taken = event.alerts.reduce((group, alert) => withAlert(group, alert) ?? group, joined);
      return taken === joined ? known : taken;
    }
  }
};

/** The interval counts from when a person can have read it. */
const published = ({ pending: _, ...group }: Group, nowMs: number): Group => ({
  ...group,
  noticeAtMs: nowMs,
});

/** Remembers since when there is news, and forgets it when it is none any more. */
const withNews = (group: Group, nowMs: number): Group => {
  const { newsAtMs, ...rest } = group;
  if (newsOf(group) === undefined) return newsAtMs === undefined ? group : rest;
  return newsAtMs === undefined ? { ...rest, newsAtMs: nowMs } : group;
};

/** Whoever was at it is taken for dead. */
const tellAgain = (group: Group, { notice }: NonNullable<Group['pending']>, nowMs: number): Step => ({
  group: { ...group, pending: { notice, atMs: nowMs } },
  notice,
});

const tell = (group: Group, { identity, nowMs, policy }: Around): Step => {
  const reason = reasonFor(group);
  const notice = noticeOf(group, reason, { identity, policy });
  const { newsAtMs: _, ...rest } = group;
  const members = group.members
    .filter((member) => isFiring(member) || nowMs - member.atMs < LATE_MS)
    .map((member) => ({ ...member, told: isToldBy(reason, member), ended: false }));
  const next: Group = {
    ...rest,
    members,
    uncounted: group.uncounted - audibleUncounted(group),
    received: 0,
    notices: group.notices + 1,
    noticeAtMs: nowMs,
    pending: { notice, atMs: nowMs },
  };
  return { group: next, notice };
};

const reasonFor = (group: Group): NoticeReason => {
  const news = newsOf(group);
  if (news === undefined) return 'repeat';
  if (news === 'resolved') return 'resolved';
  return group.members.some(({ told }) => told) ? 'more' : 'new';
};

/** Whether a person knows that it fires. After "all is over" what was muted is new when it speaks again. */
const isToldBy = (reason: NoticeReason, member: Member): boolean =>
  isFiring(member) && (isAudible(member) || (member.told && reason !== 'resolved'));

type Telling = Pick<Around, 'identity' | 'policy'>;

const noticeOf = (group: Group, reason: NoticeReason, { policy, identity }: Telling): Notice => {
  const audible = group.members.filter(isAudible);
  const firing = audible.filter(isFiring);
  const shown = (reason === 'resolved' ? audible.filter(({ told }) => told) : firing).toSorted(newestFirst);
  const lanes = shown.flatMap(({ labels }) => labels.lane ?? []);
  return {
    id: `${groupKey(identity)}@${group.openedAtMs}#${group.notices + 1}`,
    reason,
    name: group.name,
    severity: group.severity,
    labels: group.labels,
    counts: {
      firing: firing.length + audibleUncounted(group),
      resolved: audible.filter(({ ended }) => ended).length,
      received: group.received,
    },
    firstAtMs: group.firstAtMs,
    lastAtMs: group.lastAtMs,
    lanes: [...new Set(lanes)],
    members: shown.slice(0, policy.listed).map(({ labels }) => labels),
    more: Math.max(shown.length - policy.listed, 0) + audibleUncounted(group),
    action: suggestedAction(group.name),
    runbook: runbookOf(group.name),
  };
};

/** What nobody knows of yet comes first. */
const newestFirst = (one: Member, other: Member): number =>
  Number(one.told) - Number(other.told) || labelOrder(one).localeCompare(labelOrder(other), 'en');

const labelOrder = ({ labels }: Member): string => labelsText(labels);
