import { instantOf } from '../../api/schemas/common.ts';
import { GROUPS, readGroup, readSilences } from '../../pipeline/alerts/alert-records.ts';
import type { Silence } from '../../pipeline/alerts/muting.ts';
import { activeSilences, alertOverview, type GroupView } from '../../pipeline/alerts/overview.ts';
import { defaultPolicy } from '../../pipeline/alerts/policy.ts';
import type { Clock, FleetStore } from '../../pipeline/ports.ts';
import type { Operations } from './operations.ts';

type Ports = {
  /** The alerts table. */
  store: Pick<FleetStore, 'list'>;
  clock: Pick<Clock, 'now'>;
};

/** What the person on call asks. */
export const createAlertOperations = ({ store, clock }: Ports): Pick<Operations, 'listAlerts'> => ({
  listAlerts: async () => {
    const [records, silences] = await Promise.all([store.list(GROUPS), readSilences(store)]);
    const groups = records.flatMap(({ value }) => readGroup(value) ?? []);
    const nowMs = clock.now();
    const body = {
      groups: alertOverview({ groups, silences }, defaultPolicy, nowMs).map(viewOfGroup),
      silences: activeSilences(silences, nowMs)
        .toSorted((one, other) => one.untilSeconds - other.untilSeconds)
        .map(viewOfSilence),
    };
    return { kind: 'answer', status: 200, body };
  },
});

const viewOfGroup = (group: GroupView) => {
  const { name, severity, state, firing, lastNoticeAtMs, mutedBy, action, runbook } = group;
  return {
    ...{ name, severity, state, firing, action, runbook },
    labels: textsOf(group.labels),
    since: instantOf(group.sinceMs),
    lastAt: instantOf(group.lastAtMs),
    members: group.members.map(textsOf),
    ...(lastNoticeAtMs !== undefined && { lastNoticeAt: instantOf(lastNoticeAtMs) }),
    noticePending: group.isNoticePending,
    ...(mutedBy && { mutedBy }),
  };
};

const viewOfSilence = ({ matchers, untilSeconds, reason }: Silence) => ({
  matchers: textsOf(matchers),
  until: instantOf(untilSeconds * 1000),
  reason,
});

const textsOf = (named: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(named).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])),
  );
