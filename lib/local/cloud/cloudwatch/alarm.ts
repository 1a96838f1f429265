import type { CompositeRule } from './composite-rule.ts';
import type { Expression } from './math/parse-expression.ts';
import type { MetricId } from './metric-store.ts';
import type { Statistic } from './statistic.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export type MissingData = 'missing' | 'ignore' | 'breaching' | 'notBreaching';

/** Whom an alarm tells of a change to a state: ARNs of topics. */
export type AlarmActions = Readonly<Record<AlarmState, readonly string[]>>;

type Named = { name: string; arn: string; description: string | null; actions: AlarmActions };

/** One line of a metric alarm: a metric's statistic, or an expression over the others. */
export type AlarmQuery = { id: string; periodMs: number } & (
  | { kind: 'metric'; metric: MetricId; statistic: Statistic }
  | { kind: 'expression'; expression: Expression }
);

export type MetricAlarm = Named & {
  kind: 'metric';
  queries: readonly AlarmQuery[];
  /** The query whose value is compared. */
  watched: string;
  periodMs: number;
  comparison: Comparison;
  threshold: number;
  evaluationPeriods: number;
  datapointsToAlarm: number;
  missingData: MissingData;
  /** As CloudWatch repeats it in its messages. */
  trigger: object;
};

export type CompositeAlarm = Named & { kind: 'composite'; ruleText: string; rule: CompositeRule };

export type AlarmSpec = MetricAlarm | CompositeAlarm;

export const comparisons = [
  'GreaterThanOrEqualToThreshold',
  'GreaterThanThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
] as const;
export type Comparison = (typeof comparisons)[number];

/** Whether a value is on the bad side of the threshold. */
export const breaches = (value: number, { comparison, threshold }: MetricAlarm): boolean => {
  switch (comparison) {
    case 'GreaterThanOrEqualToThreshold':
      return value >= threshold;
    case 'GreaterThanThreshold':
      return value > threshold;
    case 'LessThanThreshold':
      return value < threshold;
    case 'LessThanOrEqualToThreshold':
      return value <= threshold;
  }
};
