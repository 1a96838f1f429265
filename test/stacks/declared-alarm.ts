import type { Template } from 'aws-cdk-lib/assertions';
import { metricAlarm } from '../../lib/local/cloud/assembly/monitoring-schemas.ts';
import { metricAlarmOf } from '../../lib/local/cloud/assembly/plan-alarm.ts';
import type { AlarmState, MetricAlarm } from '../../lib/local/cloud/cloudwatch/alarm.ts';
import { evaluateAlarm } from '../../lib/local/cloud/cloudwatch/evaluate-alarm.ts';
import { createMetricStore } from '../../lib/local/cloud/cloudwatch/metric-store.ts';
import { MINUTE_MS } from '../../lib/local/cloud/scaled-clock.ts';

/** References to other resources as text, the same for the same resource. */
const resolved = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const isReference = entries.length === 1 && /^(Ref|Fn::)/.test(entries[0]?.[0] ?? '');
  return isReference
    ? JSON.stringify(value)
    : Object.fromEntries(entries.map(([key, inner]) => [key, resolved(inner)]));
};

const declared = (template: Template, name: string): MetricAlarm => {
  const [found] = Object.values(template.findResources('AWS::CloudWatch::Alarm')).filter(
    ({ Properties }) => Properties.AlarmName === name,
  );
  if (found === undefined) throw new Error(`there is no alarm ${name}`);
  return metricAlarmOf({ name, arn: name }, metricAlarm.parse(resolved(found.Properties)));
};

/** An alarm as a stage declares it, minute by minute: what its metrics show, and to which state that brings it. */
export const aDeclaredAlarm = (template: Template, name: string) => {
  const alarm = declared(template, name);
  const store = createMetricStore();
  let nowMs = 0;
  let state: AlarmState = 'OK';
  const show = (values: Readonly<Record<string, number>>): void => {
    for (const query of alarm.queries) {
      if (query.kind !== 'metric') continue;
      const value = values[query.metric.name];
      if (value !== undefined) store.put(query.metric, [{ value, count: 1 }], nowMs);
    }
  };
  return {
    /** So many minutes, in each of which the metrics show this; one that is not named shows nothing. */
    minutes: (count: number, values: Readonly<Record<string, number>> = {}): AlarmState => {
      for (let minute = 0; minute < count; minute += 1) {
        show(values);
        nowMs += MINUTE_MS;
        ({ state } = evaluateAlarm(alarm, store, nowMs, state));
      }
      return state;
    },
  };
};
