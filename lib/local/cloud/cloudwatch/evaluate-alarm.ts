import { type AlarmQuery, type AlarmState, breaches, type MetricAlarm } from './alarm.ts';
import { type Datapoint, evaluationRange, judge } from './judge-datapoints.ts';
import { evaluate, type Value } from './math/evaluate-expression.ts';
import type { MetricStore } from './metric-store.ts';

export type Verdict = { state: AlarmState; reason: string };

/** Looks at the periods that end now: they slide from minute to minute, as CloudWatch's do. */
export const evaluateAlarm = (
  alarm: MetricAlarm,
  store: MetricStore,
  nowMs: number,
  state: AlarmState,
): Verdict => {
  const values = recentValues(alarm, store, nowMs);
  const datapoints = values.map((value): Datapoint => {
    if (value === undefined) return 'missing';
    return breaches(value, alarm) ? 'breaching' : 'good';
  });
  const verdict = judge(datapoints, alarm, state);
  return { state: verdict, reason: reasonFor(alarm, values, verdict) };
};

/** Oldest first. */
const recentValues = (alarm: MetricAlarm, store: MetricStore, nowMs: number): Value[] => {
  const values = [];
  for (let ago = evaluationRange(alarm) - 1; ago >= 0; ago -= 1)
    values.push(valueAt(alarm, store, nowMs - ago * alarm.periodMs));
  return values;
};

/** The watched value in the period that ends at `endMs`. */
const valueAt = ({ queries, watched }: MetricAlarm, store: MetricStore, endMs: number): Value => {
  const byId = new Map(queries.map((query) => [query.id, query]));
  const named = (id: string): Value => {
    const query = byId.get(id);
    if (query === undefined)
      throw new Error(`an alarm's expression names "${id}", which is none of its queries`);
    return valueOfQuery(query);
  };
  const valueOfQuery = (query: AlarmQuery): Value => {
    switch (query.kind) {
      case 'metric':
        return store.statistic(query.metric, query.statistic, endMs - query.periodMs, endMs);
      case 'expression':
        return evaluate(query.expression, {
          valueOf: named,
          metrics: () => queries.filter(({ kind }) => kind === 'metric').map(valueOfQuery),
        });
    }
  };
  return named(watched);
};

const relations = {
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  GreaterThanThreshold: 'greater than',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
} as const;

/** In the manner of CloudWatch's own. */
const reasonFor = (alarm: MetricAlarm, values: readonly Value[], state: AlarmState): string => {
  const recent = values.slice(-alarm.evaluationPeriods).filter((value) => value !== undefined);
  if (recent.length === 0)
    return `Threshold Crossed: no datapoints were received for ${alarm.evaluationPeriods} periods`;
  const bad = recent.filter((value) => breaches(value, alarm));
  const told = (state === 'ALARM' && bad.length > 0 ? bad : recent).toReversed().join(', ');
  const relation = `${state === 'ALARM' ? '' : 'not '}${relations[alarm.comparison]}`;
  const wanted =
    state === 'ALARM'
      ? `minimum ${alarm.datapointsToAlarm} datapoints for OK -> ALARM transition`
      : 'minimum 1 datapoint for ALARM -> OK transition';
  return `Threshold Crossed: ${recent.length} out of the last ${alarm.evaluationPeriods} datapoints [${told}] were ${relation} the threshold (${alarm.threshold}) (${wanted}).`;
};
