import * as z from 'zod';
import { comparisons } from '../cloudwatch/alarm.ts';

// Properties of alarms and scheduled rules; strict, as in resource-schemas.ts.

const ignored = z.unknown().optional();
const integer = z.coerce.number().pipe(z.int());
const flag = z.union([z.boolean(), z.stringbool()]);
const arns = z.array(z.string()).default([]);

const dimensions = z
  .array(z.strictObject({ Name: z.string(), Value: z.string() }))
  .default([])
  .transform((pairs) => Object.fromEntries(pairs.map(({ Name, Value }) => [Name, Value])));

const metric = z.strictObject({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensions });

/** A query is a metric's statistic or an expression, never both. */
const query = z.strictObject({
  Id: z.string(),
  Expression: z.string().optional(),
  Label: z.string().optional(),
  MetricStat: z
    .strictObject({ Metric: metric, Period: integer, Stat: z.string(), Unit: z.string().optional() })
    .optional(),
  Period: integer.optional(),
  ReturnData: flag.default(true),
});

export type DeclaredQuery = z.infer<typeof query>;

const named = {
  ActionsEnabled: flag.default(true),
  AlarmActions: arns,
  AlarmDescription: z.string().optional(),
  AlarmName: ignored,
  InsufficientDataActions: arns,
  OKActions: arns,
  Tags: ignored,
};

export const metricAlarm = z.strictObject({
  ...named,
  ComparisonOperator: z.enum(comparisons),
  DatapointsToAlarm: integer.optional(),
  Dimensions: dimensions,
  EvaluationPeriods: integer,
  ExtendedStatistic: z.string().optional(),
  MetricName: z.string().optional(),
  Metrics: z.array(query).optional(),
  Namespace: z.string().optional(),
  Period: integer.optional(),
  Statistic: z.string().optional(),
  Threshold: z.coerce.number(),
  TreatMissingData: z.enum(['missing', 'ignore', 'breaching', 'notBreaching']).default('missing'),
  Unit: ignored,
});

export type DeclaredMetricAlarm = z.infer<typeof metricAlarm>;

export const compositeAlarm = z.strictObject({ ...named, AlarmRule: z.string() });

export type DeclaredActions = Pick<
  DeclaredMetricAlarm,
  'ActionsEnabled' | 'AlarmActions' | 'OKActions' | 'InsufficientDataActions'
>;

export const scheduledRule = z.strictObject({
  Description: ignored,
  Name: ignored,
  ScheduleExpression: z.string(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Tags: ignored,
  Targets: z
    .array(
      z.strictObject({
        Arn: z.string(),
        Id: ignored,
        Input: z.string().optional(),
        DeadLetterConfig: ignored,
        RetryPolicy: ignored,
      }),
    )
    .default([]),
});
