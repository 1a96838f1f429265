import { HOUR_MS } from '../utc.ts';
import { type Alert, labelsText } from './alert.ts';
import {
  dueAtMs,
  type Group,
  groupFor,
  isFiring,
  type Member,
  type News,
  newsOf,
  withAlert,
  withEndsApplied,
} from './group.ts';
import type { IsMuted } from './muting.ts';
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

type Around = { identity: GroupIdentity; nowMs: number; policy: AlertPolicy; isMuted: IsMuted };

/** The rule of groups: everything about waiting, repeating, muting and telling is in here, and nothing else. */
export const step = (known: Group | undefined, event: GroupEvent, around: Around): Step => {
  const { nowMs, policy } = around;
  const taken = take(known, event, around);
  if (taken === undefined) return { group: undefined };
  const current = withNews(withEndsApplied(taken, nowMs), nowMs);
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
      return taken === joined ? known : withoutMutedUntil(taken);
    }
  }
};

/** What has come now may be of a kind that nobody mutes. */
const withoutMutedUntil = ({ mutedUntilMs: _, ...group }: Group): Group => group;

/** The interval counts from when a person can have read it. */
const published = ({ pending: _, ...group }: Group, nowMs: number): Group => ({
  ...group,
  noticeAtMs: nowMs,
});

/** Remembers since when there is news, and forgets it when it is none any more. */
const withNews = (group: Group, nowMs: number): Group => {
  const { newsAtMs, mutedUntilMs: _, ...rest } = group;
  if (newsOf(group) === undefined) return newsAtMs === undefined ? group : rest;
  return newsAtMs === undefined ? { ...rest, newsAtMs: nowMs } : group;
};

/** Whoever was at it is taken for dead. */
const tellAgain = (group: Group, { notice }: NonNullable<Group['pending']>, nowMs: number): Step => ({
  group: { ...group, pending: { notice, atMs: nowMs } },
  notice,
});

const tell = (group: Group, around: Around): Step => {
  const reason = reasonFor(group, around);
  return reason === undefined ? { group: quiet(group, around) } : told(group, reason, around);
};

/** `undefined`: what there is to tell is muted. */
const reasonFor = (group: Group, { isMuted }: Around): NoticeReason | undefined => {
  const audible = (members: readonly Member[]) => members.some(({ labels }) => !isMuted(labels));
  const news: News | 'same' = newsOf(group) ?? 'same';
  switch (news) {
    case 'firing':
      if (!audible(group.members.filter((member) => isFiring(member) && !member.told)))
        return group.uncounted > 0 && !isMuted(group.labels) ? reasonForFiring(group) : undefined;
      return reasonForFiring(group);
    case 'resolved':
      return audible(group.members.filter(({ told }) => told)) ? 'resolved' : undefined;
    case 'same':
      return audible(group.members.filter((member) => isFiring(member) && member.told))
        ? 'repeat'
        : undefined;
  }
};

const reasonForFiring = ({ members }: Group): NoticeReason =>
  members.some(({ told }) => told) ? 'more' : 'new';

/** What is over and was muted needs no word any more; what fires is asked about again. */
const quiet = (group: Group, { nowMs, policy }: Around): Group => {
  if (newsOf(group) !== 'resolved') return { ...group, mutedUntilMs: nowMs + policy.groupIntervalMs };
  const { newsAtMs: _, ...rest } = group;
  return { ...rest, members: group.members.map((member) => ({ ...member, told: false })) };
};

const told = (group: Group, reason: NoticeReason, around: Around): Step => {
  const { nowMs, policy, isMuted } = around;
  const notice = noticeOf(group, reason, around);
  const { newsAtMs: _news, mutedUntilMs: _muted, ...rest } = group;
  const members = group.members
    .filter((member) => isFiring(member) || nowMs - member.atMs < LATE_MS)
    .map((member) => ({
      ...member,
      told: isFiring(member) && (member.told || !isMuted(member.labels)),
      ended: false,
    }));
  const next: Group = {
    ...rest,
    members,
    uncounted: 0,
    received: 0,
    notices: group.notices + 1,
    noticeAtMs: nowMs,
    pending: { notice, atMs: nowMs },
  };
  // members that were muted are still news, for a later look
  const stillNews = newsOf(next) !== undefined && {
    newsAtMs: nowMs,
    mutedUntilMs: nowMs + policy.groupIntervalMs,
  };
  return { group: { ...next, ...stillNews }, notice };
};

const noticeOf = (group: Group, reason: NoticeReason, { policy, isMuted, identity }: Around): Notice => {
  const audible = group.members.filter(({ labels }) => !isMuted(labels));
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
      firing: firing.length + group.uncounted,
      resolved: audible.filter(({ ended }) => ended).length,
      received: group.received,
    },
    firstAtMs: group.firstAtMs,
    lastAtMs: group.lastAtMs,
    lanes: [...new Set(lanes)],
    members: shown.slice(0, policy.listed).map(({ labels }) => labels),
    more: Math.max(shown.length - policy.listed, 0) + group.uncounted,
    action: suggestedAction(group.name),
    runbook: runbookOf(group.name),
  };
};

/** What nobody knows of yet comes first. */
const newestFirst = (one: Member, other: Member): number =>
  Number(one.told) - Number(other.told) || labelOrder(one).localeCompare(labelOrder(other), 'en');

const labelOrder = ({ labels }: Member): string => labelsText(labels);
