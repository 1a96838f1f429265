import type { AlarmSpec, AlarmState, CompositeAlarm } from './alarm.ts';
import { alarmsIn, ruleHolds } from './composite-rule.ts';
import { evaluateAlarm, type Verdict } from './evaluate-alarm.ts';
import type { MetricStore } from './metric-store.ts';

/** An alarm as it stands. `sinceMs`: when it came to this state, in metric time. */
export type AlarmStatus = { name: string; state: AlarmState; reason: string; sinceMs: number };

/** `atMs`: the end of the minute that brought it, in metric time. */
export type AlarmChange = {
  alarm: AlarmSpec;
  from: AlarmState;
  to: AlarmState;
  reason: string;
  atMs: number;
};

export type Alarms = {
  /** Evaluates every alarm on the periods that end at this time. */
  evaluate(nowMs: number): void;
  list(): AlarmStatus[];
};

export type AlarmsParts = {
  specs: readonly AlarmSpec[];
  store: MetricStore;
  onChange(change: AlarmChange): void;
};

/** Alarms begin as INSUFFICIENT_DATA, as on AWS. Throws when a composite one names an alarm that there is not. */
export const createAlarms = ({ specs, store, onChange }: AlarmsParts, nowMs: number): Alarms => {
  const inOrder = componentsFirst(specs);
  const statuses = new Map(
    inOrder.map(({ name }): [string, AlarmStatus] => [
      name,
      { name, state: 'INSUFFICIENT_DATA', reason: 'Unchecked: Initial alarm creation', sinceMs: nowMs },
    ]),
  );
  const stateOf = (name: string) => statuses.get(name)?.state ?? 'INSUFFICIENT_DATA';
  return {
    evaluate: (atMs) => {
      for (const alarm of inOrder) {
        const from = stateOf(alarm.name);
        const { state: to, reason } =
          alarm.kind === 'metric'
            ? evaluateAlarm(alarm, store, atMs, from)
            : evaluateComposite(alarm, stateOf);
        if (from === to) continue;
        statuses.set(alarm.name, { name: alarm.name, state: to, reason, sinceMs: atMs });
        onChange({ alarm, from, to, reason, atMs });
      }
    },
    list: () => [...statuses.values()],
  };
};

const evaluateComposite = ({ arn, rule }: CompositeAlarm, stateOf: (name: string) => AlarmState): Verdict => {
  const state = ruleHolds(rule, stateOf) ? 'ALARM' : 'OK';
  const parts = alarmsIn(rule).map((name) => `${name} is ${stateOf(name)}`);
  return { state, reason: `${arn} transitioned to ${state}: ${parts.join(', ')}` };
};

/** A composite alarm sees the states that its parts come to in the same minute. */
const componentsFirst = (specs: readonly AlarmSpec[]): AlarmSpec[] => {
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  const ordered = new Set<AlarmSpec>();
  const add = (spec: AlarmSpec, path: readonly string[]): void => {
    if (path.includes(spec.name)) throw new Error(`composite alarms name each other: ${path.join(', ')}`);
    const parts = spec.kind === 'composite' ? alarmsIn(spec.rule) : [];
    for (const part of parts) {
      const named = byName.get(part);
      if (named === undefined)
        throw new Error(`${spec.name} names the alarm "${part}", which is not declared`);
      add(named, [...path, spec.name]);
    }
    ordered.add(spec);
  };
  for (const spec of specs) add(spec, []);
  return [...ordered];
};
