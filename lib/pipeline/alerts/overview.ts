import { type Labels, labelsText, severities } from './alert.ts';
import { type Group, isFiring, type Member, withEndsApplied } from './group.ts';
import { mutingOf, type Silence, type Surroundings } from './muting.ts';
import type { AlertPolicy } from './policy.ts';
import { runbookOf, suggestedAction } from './suggested-actions.ts';

/** Why nobody is told of what fires: all of it is silenced, or some of it is, and another alert is its cause. */
type Mute = 'silence' | 'other-alert';

/** A group as the person on call reads it. Times are ms since 1970. */
export type GroupView = Pick<Group, 'name' | 'severity' | 'labels' | 'lastAtMs'> & {
  state: 'firing' | 'resolved';
  sinceMs: number;
  /** Members that fire now, those included for which the group has no room. */
  firing: number;
  /** Labels of the first of these. */
  members: readonly Labels[];
  lastNoticeAtMs: number | undefined;
  /** There is a notice that is not known to have reached the topic. */
  isNoticePending: boolean;
  mutedBy: Mute | undefined;
  action: string;
  runbook: string;
};

/** Everything that fires or has fired not long ago: what fires first, then by severity, then the latest first. */
export const alertOverview = (
  around: Surroundings,
  policy: AlertPolicy,
  nowMs: number,
): readonly GroupView[] => {
  const groups = around.groups.map((group) => withEndsApplied(group, nowMs));
  return groups
    .filter(hasFired)
    .map((group) => viewOf(group, { ...around, groups }, policy, nowMs))
    .sort(
      (one, other) =>
        Number(other.firing > 0) - Number(one.firing > 0) ||
        severities.indexOf(one.severity) - severities.indexOf(other.severity) ||
        other.lastAtMs - one.lastAtMs ||
        (one.name < other.name ? -1 : 1),
    );
};

/** An alarm that is created says that all is well, which is a group too, and nothing to read. */
const hasFired = ({ members, uncounted, notices }: Group): boolean =>
  notices > 0 || uncounted > 0 || members.some((member) => isFiring(member) || member.ended);

/** Silences that have not ended. */
export const activeSilences = (silences: readonly Silence[], nowMs: number): readonly Silence[] =>
  silences.filter(({ untilSeconds }) => untilSeconds * 1000 > nowMs);

const viewOf = (group: Group, around: Surroundings, policy: AlertPolicy, nowMs: number): GroupView => {
  const { name, severity, labels, lastAtMs, uncounted, pending } = group;
  const firing = group.members.filter(isFiring);
  const count = firing.length + uncounted;
  const listed = firing.map((member) => member.labels).sort(byText);
  return {
    ...{ name, severity, labels, lastAtMs },
    state: count > 0 ? 'firing' : 'resolved',
    sinceMs: group.firstAtMs,
    firing: count,
    members: listed.slice(0, policy.listed),
    lastNoticeAtMs: group.noticeAtMs,
    isNoticePending: pending !== undefined,
    mutedBy: muteOf(group, firing, around, policy, nowMs),
    action: suggestedAction(name),
    runbook: runbookOf(name),
  };
};

const byText = (one: Labels, other: Labels): number => (labelsText(one) < labelsText(other) ? -1 : 1);

/** What fires is muted only when all of it is. */
const muteOf = (
  group: Group,
  firing: readonly Member[],
  around: Surroundings,
  policy: AlertPolicy,
  nowMs: number,
): Mute | undefined => {
  const isMutedBy = (surroundings: Surroundings): boolean => {
    const mutedUntil = mutingOf(group, surroundings, policy, nowMs);
    const isMuted = (labels: Labels) => mutedUntil(labels) !== undefined;
    return firing.every(({ labels }) => isMuted(labels)) && (group.uncounted === 0 || isMuted(group.labels));
  };
  if (firing.length + group.uncounted === 0) return undefined;
  if (isMutedBy({ ...around, groups: [] })) return 'silence';
  return isMutedBy(around) ? 'other-alert' : undefined;
};
