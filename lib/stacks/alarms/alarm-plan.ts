import type {
  ComparisonOperator,
  IAlarm,
  IAlarmRule,
  IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmDescription } from '../../pipeline/alerts/alarm-description.ts';

/** An alarm as it is planned. Its name is the runbook's heading, with an ending where one heading serves several. */
export type MetricAlarmPlan = AlarmDescription & {
  kind: 'metric';
  name: string;
  metric: IMetric;
  threshold: number;
  /** @default above the threshold is bad */
  comparison?: ComparisonOperator;
  evaluationPeriods: number;
  datapointsToAlarm: number;
  /** @default what is not there is not bad: most of our metrics are only sent when something happens */
  treatMissingData?: TreatMissingData;
  way: Way;
};

export type CompositeAlarmPlan = AlarmDescription & {
  kind: 'composite';
  name: string;
  /** Over alarms that were planned before it, by name. */
  rule(alarm: (name: string) => IAlarm): IAlarmRule;
  way: 'grouped';
};

export type AlarmPlan = MetricAlarmPlan | CompositeAlarmPlan;

/**
 * How a person hears of it: grouped with other alarms; directly, for what must reach a person even if the grouping is
 * what has failed; or only as a part of a composite alarm.
 */
export type Way = 'grouped' | 'direct' | 'part';
