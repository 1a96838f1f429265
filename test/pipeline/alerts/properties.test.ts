import fc from 'fast-check';
import { type Alert, labelsText } from '../../../lib/pipeline/alerts/alert.ts';
import type { Silence } from '../../../lib/pipeline/alerts/muting.ts';
import { groupKey, identityOf } from '../../../lib/pipeline/alerts/policy.ts';
import { createAlertWorld, type ToldNotice } from '../../../lib/simulation/alert-world.ts';
import { quickPolicy } from './timeline.ts';

const { groupWaitMs, groupIntervalMs } = quickPolicy;
const STORY_MS = 120_000;
/** Longer than any wait: what fires at the end of the story is told by then. */
const QUIET_MS = 200_000;

const labels = fc.record(
  {
    provider: fc.constantFrom('openai', 'anthropic'),
    lane: fc.constantFrom('critical', 'high', 'medium', 'low'),
  },
  { requiredKeys: [] },
);

const anyAlert: fc.Arbitrary<Alert> = fc.record({
  name: fc.constantFrom('delivery-errors', 'unpriced-calls'),
  severity: fc.constantFrom('critical' as const, 'warning' as const),
  state: fc.constantFrom('firing' as const, 'firing' as const, 'resolved' as const),
  labels,
  atMs: fc.integer({ min: 0, max: STORY_MS }),
});

/** Which publications and notes to oneself come to nothing: failed by a bit each, and never for ever. */
const trouble = fc.record({ topic: fc.array(fc.boolean(), { maxLength: 5 }), notes: fc.array(fc.boolean()) });

const story = fc.record({
  alerts: fc.array(anyAlert, { minLength: 1, maxLength: 40 }),
  trouble,
});

type Told = { alerts: readonly Alert[]; notices: readonly ToldNotice[] };

type Plot = {
  alerts: readonly Alert[];
  trouble: { topic: boolean[]; notes: boolean[] };
  /** In force from the beginning. */
  silence?: Silence;
};

const tell = async ({ alerts, trouble: { topic, notes }, silence }: Plot): Promise<Told> => {
  let published = 0;
  let arranged = 0;
  const world = createAlertWorld({
    policy: quickPolicy,
    takes: () => topic[published++] ?? true,
    arrives: () => notes[arranged++] ?? true,
  });
  if (silence !== undefined) world.silence(0, silence);
  const inOrder = alerts.toSorted((one, other) => one.atMs - other.atMs);
  for (const alert of inOrder) world.push(alert.atMs, alert);
  await world.runUntil(STORY_MS + QUIET_MS);
  return { alerts: inOrder, notices: world.notices };
};

const keyOf = (alert: Alert): string => groupKey(identityOf(alert, quickPolicy));
const noticesOf = (key: string, { notices }: Told): ToldNotice[] =>
  notices.filter(({ notice }) => groupKey(notice) === key);

/** The last word on each member, whatever came before it; at one instant firing wins. */
const lastStates = (alerts: readonly Alert[]): Map<string, Alert> => {
  const last = new Map<string, Alert>();
  for (const alert of alerts) {
    const id = `${keyOf(alert)} ${labelsText(alert.labels)}`;
    const known = last.get(id);
    if (known === undefined || alert.atMs > known.atMs || alert.state === 'firing') last.set(id, alert);
  }
  return last;
};

it('no alert is lost: whatever fires in the end has been told, whatever failed on the way', () =>
  fc.assert(
    fc.asyncProperty(story, async (plot) => {
      const told = await tell(plot);
      for (const alert of lastStates(told.alerts).values()) {
        if (alert.state !== 'firing') continue;
        const naming = noticesOf(keyOf(alert), told).filter(
          ({ atMs, notice }) =>
            atMs >= alert.atMs &&
            notice.members.some((member) => labelsText(member) === labelsText(alert.labels)),
        );
        expect(naming.length).toBeGreaterThanOrEqual(1);
      }
    }),
    { numRuns: 150 },
  ));

it('what is over in the end is known to be over, if anybody knew of it', () =>
  fc.assert(
    fc.asyncProperty(story, async (plot) => {
      const told = await tell(plot);
      const last = [...lastStates(told.alerts).values()];
      for (const key of new Set(told.alerts.map(keyOf))) {
        const firing = last.filter((alert) => keyOf(alert) === key && alert.state === 'firing').length;
        const lastNotice = noticesOf(key, told).at(-1)?.notice;
        expect(lastNotice?.counts.firing ?? 0).toBe(firing);
      }
    }),
    { numRuns: 150 },
  ));

/** What each notice but the first keeps from the one before it, and must keep at least. */
const spacesOf = (notices: readonly ToldNotice[]) =>
  notices.slice(1).map(({ atMs }, index) => {
    const before = notices[index];
    const afterFirst = before?.notice.severity === 'critical' && before.notice.id.endsWith('#1');
    return { ms: atMs - (before?.atMs ?? 0), leastMs: afterFirst ? groupWaitMs : groupIntervalMs };
  });

it('a group has one notice in any interval, beyond a first critical one', () =>
  fc.assert(
    fc.asyncProperty(story, async (plot) => {
      const told = await tell(plot);
      const spaces = [...new Set(told.alerts.map(keyOf))].flatMap((key) => spacesOf(noticesOf(key, told)));
      expect(spaces.filter(({ ms, leastMs }) => ms < leastMs)).toEqual([]);
    }),
    { numRuns: 150 },
  ));

it('the first critical alert of a group is told at once', () =>
  fc.assert(
    fc.asyncProperty(fc.array(anyAlert, { minLength: 1, maxLength: 40 }), async (alerts) => {
      const told = await tell({ alerts, trouble: { topic: [], notes: [] } });
      for (const key of new Set(told.alerts.map(keyOf))) {
        const [first] = told.alerts.filter(
          (alert) => keyOf(alert) === key && alert.state === 'firing' && alert.severity === 'critical',
        );
        if (first === undefined) continue;
        const overtaken = told.alerts.some(
          (other) => keyOf(other) === key && other.state === 'resolved' && other.atMs <= first.atMs,
        );
        if (!overtaken) expect(noticesOf(key, told)[0]?.atMs).toBe(first.atMs);
      }
    }),
    { numRuns: 150 },
  ));

/** What people read of a group when, without what a silenced alert may count for. */
const readings = ({ notices }: Pick<Told, 'notices'>) =>
  notices.map(({ atMs, notice: { name, severity, labels, reason, counts, members } }) => ({
    ...{ atMs, name, severity, labels, reason, members },
    ...{ firing: counts.firing, resolved: counts.resolved },
  }));

it('a silence acts on its members alone: people read what they would if those had never been', () =>
  fc.assert(
    fc.asyncProperty(fc.array(anyAlert, { minLength: 1, maxLength: 40 }), async (drawn) => {
      // how soon a first critical alert is followed up counts notices of the group, whoever keeps it open
      const alerts = drawn.map((alert) => ({ ...alert, severity: 'warning' as const }));
      const matchers: Record<string, string> = { lane: 'low' };
      const silence = { matchers, untilSeconds: 1_000_000, reason: 'maintenance' };
      const isHeard = ({ labels: { lane } }: Alert) => lane !== 'low';
      const silenced = await tell({ alerts, trouble: { topic: [], notes: [] }, silence });
      const without = await tell({ alerts: alerts.filter(isHeard), trouble: { topic: [], notes: [] } });
      expect(readings(silenced)).toEqual(readings(without));
    }),
    { numRuns: 150 },
  ));
