import { percentile } from '../local/sample/percentile.ts';
import { type Alert, labelsText } from '../pipeline/alerts/alert.ts';
import { MOST_MEMBERS } from '../pipeline/alerts/group.ts';
import { type AlertPolicy, defaultPolicy, groupKey, identityOf } from '../pipeline/alerts/policy.ts';
import { DAY_MS, HOUR_MS } from '../pipeline/utc.ts';
import { createAlertWorld, type ToldNotice } from '../simulation/alert-world.ts';
import { type AlertWorkload, alertWorkloads } from './alert-workloads.ts';
import type { BenchContext, Figure, Goal, Measure, Unit } from './measure.ts';

const SEED = 1;

/** To find every member in the notice that tells of it. */
const listingAll: AlertPolicy = { ...defaultPolicy, listed: MOST_MEMBERS };

/** A mapping hands over ten at most. */
const BATCH = 10;
/** The last interval of the day ends after it. */
const REST_MS = HOUR_MS;

/** Publishes saved against one per alert, in %. A steady trickle has nothing to be grouped with. */
const goals: Readonly<Record<string, Goal>> = {
  '3 outages x 80': { kind: 'at-least', limit: 60 },
  'storm of 10,000': { kind: 'at-least', limit: 98 },
};

/** How many notices a day of alerts becomes, and how long people wait for the first word of each. */
export const measureAlerts = async ({ say }: BenchContext): Promise<Measure> => {
  const figures: Figure[] = [];
  for (const workload of alertWorkloads(SEED)) {
    say(`alerts: ${workload.name}, ${workload.alerts.length} alerts of a day, in virtual time ...`);
    figures.push(...figuresOf(workload, await runDay(workload, listingAll)));
  }
  return { name: 'alerts', figures };
};

/** What people are told of a workload. */
export const runDay = async (
  { alerts }: AlertWorkload,
  policy: AlertPolicy,
): Promise<readonly ToldNotice[]> => {
  const world = createAlertWorld({ policy });
  for (const batch of batchesOf(alerts)) world.push(batch.at(-1)?.atMs ?? 0, ...batch);
  await world.runUntil(DAY_MS + REST_MS);
  return world.notices;
};

/** Alerts of one second come in one batch. */
const batchesOf = (alerts: readonly Alert[]): Alert[][] => {
  const batches: Alert[][] = [];
  for (const alert of alerts) {
    const last = batches.at(-1);
    const [first] = last ?? [];
    if (last && first && last.length < BATCH && alert.atMs - first.atMs < 1_000) last.push(alert);
    else batches.push([alert]);
  }
  return batches;
};

export const savedPercent = ({ alerts }: AlertWorkload, notices: readonly ToldNotice[]): number =>
  100 * (1 - notices.length / alerts.length);

const figuresOf = (workload: AlertWorkload, notices: readonly ToldNotice[]): Figure[] => {
  const fates = fatesOf(workload, notices);
  const waits = fates.flatMap((fate) => (fate.kind === 'told' ? [fate.waitSeconds] : []));
  const over = fates.filter(({ kind }) => kind === 'over').length;
  const goal = goals[workload.name];
  const figure = (name: string, value: number, unit: Unit): Figure => ({
    name: `${workload.name}: ${name}`,
    value,
    unit,
  });
  return [
    { ...figure('publishes saved', savedPercent(workload, notices), '%'), ...(goal && { goal }) },
    figure('notices', notices.length, 'notices'),
    figure('to first notice, p50', percentile(waits, 50) ?? Number.NaN, 's'),
    figure('to first notice, longest', Math.max(...waits), 's'),
    figure('over before they were told', (100 * over) / fates.length, '%'),
  ];
};

type Fate = { kind: 'told'; waitSeconds: number } | { kind: 'known' } | { kind: 'over' };

/** What became of each alert that began to fire: told of, known to fire already, or over before anybody was told. */
const fatesOf = ({ alerts }: AlertWorkload, notices: readonly ToldNotice[]): readonly Fate[] => {
  const noticesOf = Map.groupBy(notices, ({ notice }) => groupKey(notice));
  const endsOf = Map.groupBy(
    alerts.filter(({ state }) => state === 'resolved'),
    memberKey,
  );
  return alerts
    .filter(({ state }) => state === 'firing')
    .map((alert) => fateOf(alert, noticesOf.get(keyOf(alert)) ?? [], endsOf.get(memberKey(alert)) ?? []));
};

const fateOf = (alert: Alert, notices: readonly ToldNotice[], ends: readonly Alert[]): Fate => {
  const names = ({ notice }: ToldNotice) =>
    notice.reason !== 'resolved' &&
    notice.members.some((labels) => labelsText(labels) === labelsText(alert.labels));
  const before = notices.findLast(({ atMs }) => atMs < alert.atMs);
  if (before !== undefined && names(before)) return { kind: 'known' };
  const naming = notices.find((told) => told.atMs >= alert.atMs && names(told));
  const endMs = ends.find(({ atMs }) => atMs > alert.atMs)?.atMs ?? Infinity;
  if (naming === undefined || naming.atMs > endMs) return { kind: 'over' };
  return { kind: 'told', waitSeconds: (naming.atMs - alert.atMs) / 1_000 };
};

const keyOf = (alert: Alert): string => groupKey(identityOf(alert, defaultPolicy));
const memberKey = (alert: Alert): string => `${keyOf(alert)} ${labelsText(alert.labels)}`;
