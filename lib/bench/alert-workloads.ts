import type { Alert, Labels, Severity } from '../pipeline/alerts/alert.ts';
import { laneNames } from '../pipeline/job/lane.ts';
import { modelNames } from '../pipeline/model/model.ts';
import { DAY_MS, HOUR_MS } from '../pipeline/utc.ts';
import { type Random, seededRandom } from '../seeded-random.ts';

/** Alerts of a day, in the order of their instants. */
export type AlertWorkload = { name: string; alerts: readonly Alert[] };

const MINUTE_MS = 60_000;

/** What is told of alarms that come and go: half of a workload begins something, the other half ends it. */
type Plan = {
  /** Alerts, beginnings and ends together. */
  alerts: number;
  fromMs: number;
  lengthMs: number;
  /** Names that alerts are raised under: groups. */
  keys: number;
  /** How long one fires, on average. */
  firesForMs: number;
};

/** The four workloads of the goals, from one seed. */
export const alertWorkloads = (seed: number): readonly AlertWorkload[] => [
  { name: 'steady 20/h', alerts: steady(20, seededRandom(seed)) },
  { name: 'steady 200/h', alerts: steady(200, seededRandom(seed + 1)) },
  { name: '3 outages x 80', alerts: outages(seededRandom(seed + 2)) },
  { name: 'storm of 10,000', alerts: storm(seededRandom(seed + 3)) },
];

const steady = (perHour: number, random: Random): readonly Alert[] =>
  alertsOf(
    { alerts: perHour * 24, fromMs: 0, lengthMs: DAY_MS, keys: 8, firesForMs: 10 * MINUTE_MS },
    random,
  );

/** Half an hour each, at three times of the day. */
const outages = (random: Random): readonly Alert[] =>
  [3, 11, 19]
    .map((hour) => hour * HOUR_MS + random.between(0, HOUR_MS))
    .flatMap((fromMs) =>
      alertsOf({ alerts: 80, fromMs, lengthMs: 30 * MINUTE_MS, keys: 2, firesForMs: 5 * MINUTE_MS }, random),
    );

/** Everything flaps for ten minutes. */
const storm = (random: Random): readonly Alert[] =>
  alertsOf(
    { alerts: 10_000, fromMs: HOUR_MS, lengthMs: 10 * MINUTE_MS, keys: 8, firesForMs: 15_000 },
    random,
  );

/** Every fourth name wakes people. */
const severityOf = (key: number): Severity => (key % 4 === 0 ? 'critical' : 'warning');

const alertsOf = (plan: Plan, random: Random): readonly Alert[] => {
  const firing = new Map<string, number>();
  const alerts = Array.from({ length: plan.alerts / 2 }, () => plan.fromMs + random.next() * plan.lengthMs)
    .toSorted((one, other) => one - other)
    .flatMap((atMs) => {
      const { key, labels } = pickQuiet(plan, random, firing, atMs);
      const endMs = atMs - Math.log(1 - random.next()) * plan.firesForMs;
      firing.set(JSON.stringify([key, labels]), endMs);
      const alert = { name: `alarm-${key}`, severity: severityOf(key), labels };
      return [
        { ...alert, state: 'firing' as const, atMs },
        { ...alert, state: 'resolved' as const, atMs: endMs },
      ];
    });
  return alerts.toSorted((one, other) => one.atMs - other.atMs);
};

/** An alarm that fires does not begin to fire: another one is picked, if there is one. */
const pickQuiet = (
  { keys }: Plan,
  random: Random,
  firing: ReadonlyMap<string, number>,
  atMs: number,
): { key: number; labels: Labels } => {
  const pick = () => ({
    key: random.between(0, keys - 1),
    labels: { lane: random.pick(laneNames), model: random.pick(modelNames) },
  });
  let picked = pick();
  for (let tries = 0; tries < 100 && fires(firing, picked, atMs); tries += 1) picked = pick();
  return picked;
};

const fires = (
  firing: ReadonlyMap<string, number>,
  { key, labels }: { key: number; labels: Labels },
  atMs: number,
): boolean => (firing.get(JSON.stringify([key, labels])) ?? 0) > atMs;
