import type * as z from 'zod';
import type { AlarmActions, AlarmQuery, AlarmSpec, MetricAlarm } from '../cloudwatch/alarm.ts';
import { parseCompositeRule } from '../cloudwatch/composite-rule.ts';
import { parseExpression } from '../cloudwatch/math/parse-expression.ts';
import { parseStatistic, type Statistic } from '../cloudwatch/statistic.ts';
import type {
  compositeAlarm,
  DeclaredActions,
  DeclaredMetricAlarm,
  DeclaredQuery,
  metricAlarm,
} from './monitoring-schemas.ts';

type Identity = { name: string; arn: string };

/** A metric alarm as it is declared, ready to be evaluated. Throws, with a sentence, for what is not known here. */
export const metricAlarmOf = (identity: Identity, declared: DeclaredMetricAlarm): MetricAlarm => {
  const queries = queriesOf(declared);
  const watched = watchedOf(identity, declared, queries);
  return {
    ...identity,
    kind: 'metric',
    description: declared.AlarmDescription ?? null,
    actions: actionsOf(declared),
    queries,
    watched: watched.id,
    periodMs: watched.periodMs,
    comparison: declared.ComparisonOperator,
    threshold: declared.Threshold,
    evaluationPeriods: declared.EvaluationPeriods,
    datapointsToAlarm: declared.DatapointsToAlarm ?? declared.EvaluationPeriods,
    missingData: watches(queries, 'AWS/DynamoDB') ? 'ignore' : declared.TreatMissingData,
    trigger: triggerOf(declared),
  };
};

/** Alarms on DynamoDB's own metrics ignore missing data, whatever they say (PutMetricAlarm, TreatMissingData). */
const watches = (queries: readonly AlarmQuery[], namespace: string): boolean =>
  queries.length === 1 &&
  queries.every((query) => query.kind === 'metric' && query.metric.namespace === namespace);

export const compositeAlarmOf = (
  identity: Identity,
  declared: z.infer<typeof compositeAlarm>,
): AlarmSpec => ({
  ...identity,
  kind: 'composite',
  description: declared.AlarmDescription ?? null,
  actions: actionsOf(declared),
  ruleText: declared.AlarmRule,
  rule: parseCompositeRule(declared.AlarmRule),
});

const actionsOf = (declared: DeclaredActions): AlarmActions =>
  declared.ActionsEnabled
    ? {
        ALARM: declared.AlarmActions,
        OK: declared.OKActions,
        INSUFFICIENT_DATA: declared.InsufficientDataActions,
      }
    : { ALARM: [], OK: [], INSUFFICIENT_DATA: [] };

const queriesOf = (declared: DeclaredMetricAlarm): AlarmQuery[] => {
  if (declared.Metrics !== undefined) {
    const periods = declared.Metrics.flatMap(({ MetricStat }) => MetricStat?.Period ?? []);
    return declared.Metrics.map((query) => queryOf(query, Math.max(...periods)));
  }
  const { Namespace = '', MetricName = '', Dimensions, Period = 0, Statistic, ExtendedStatistic } = declared;
  const metric = { namespace: Namespace, name: MetricName, dimensions: Dimensions };
  const statistic = statisticNamed(Statistic ?? ExtendedStatistic ?? '');
  return [{ kind: 'metric', id: 'm1', periodMs: Period * 1000, metric, statistic }];
};

/** An expression without a period of its own has that of its metrics. */
const queryOf = (
  { Id: id, Expression, MetricStat, Period }: DeclaredQuery,
  periodSeconds: number,
): AlarmQuery => {
  if (Expression !== undefined)
    return {
      kind: 'expression',
      id,
      periodMs: (Period ?? periodSeconds) * 1000,
      expression: parseExpression(Expression),
    };
  if (MetricStat === undefined) throw new Error(`the query "${id}" has neither a metric nor an expression`);
  const { Metric: metric, Period: seconds, Stat } = MetricStat;
  return {
    kind: 'metric',
    id,
    periodMs: seconds * 1000,
    metric: { namespace: metric.Namespace, name: metric.MetricName, dimensions: metric.Dimensions },
    statistic: statisticNamed(Stat),
  };
};

const statisticNamed = (name: string): Statistic => {
  const statistic = parseStatistic(name);
  if (statistic === undefined) throw new Error(`the local cloud does not know the statistic "${name}"`);
  return statistic;
};

/** Most metrics that an alarm may be made of (CloudWatch, "Alarm limits"). */
const MAX_METRICS = 10;

const watchedOf = (
  { name }: Identity,
  declared: DeclaredMetricAlarm,
  queries: readonly AlarmQuery[],
): AlarmQuery => {
  if (queries.filter(({ kind }) => kind === 'metric').length > MAX_METRICS)
    throw new Error(`alarm ${name} is made of more than ${MAX_METRICS} metrics, which CloudWatch refuses`);
  const returned = (declared.Metrics ?? [{ Id: 'm1', ReturnData: true }]).filter(
    ({ ReturnData }) => ReturnData,
  );
  const watched = queries.find(({ id }) => id === returned[0]?.Id);
  if (returned.length !== 1 || watched === undefined)
    throw new Error(`alarm ${name} must return the data of exactly one query`);
  return watched;
};

/** Field by field what CloudWatch's messages have under `Trigger`. */
const triggerOf = (declared: z.infer<typeof metricAlarm>): object => ({
  ...(declared.Metrics === undefined ? singleTrigger(declared) : { Metrics: declared.Metrics }),
  Period: declared.Period ?? declared.Metrics?.flatMap(({ MetricStat }) => MetricStat?.Period ?? [])[0],
  EvaluationPeriods: declared.EvaluationPeriods,
  DatapointsToAlarm: declared.DatapointsToAlarm ?? declared.EvaluationPeriods,
  ComparisonOperator: declared.ComparisonOperator,
  Threshold: declared.Threshold,
  TreatMissingData: declared.TreatMissingData,
  EvaluateLowSampleCountPercentile: '',
});

const singleTrigger = ({
  MetricName,
  Namespace,
  Statistic,
  ExtendedStatistic,
  Dimensions,
}: DeclaredMetricAlarm) => ({
  MetricName,
  Namespace,
  ...(ExtendedStatistic === undefined
    ? { StatisticType: 'Statistic', Statistic: Statistic?.toUpperCase() }
    : { StatisticType: 'ExtendedStatistic', ExtendedStatistic }),
  Unit: null,
  Dimensions: Object.entries(Dimensions).map(([name, value]) => ({ value, name })),
});
