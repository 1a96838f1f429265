import {
  Alarm,
  type ComparisonOperator,
  type IMetric,
  type TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { alarmDescription } from '../pipeline/alerts/alarm-description.ts';
import type { Severity } from '../pipeline/alerts/alert.ts';

export type RunbookAlarmProps = {
  alarmName: string;
  /** What it means for users or for us, in one sentence: an alarm without an impact wakes people for nothing. */
  impact: string;
  /** `critical` wakes a person. */
  severity: Severity;
  /** Heading in docs/runbook.md. */
  runbook: string;
  metric: IMetric;
  threshold: number;
  comparison: ComparisonOperator;
  /** Periods looked at, and how many of them must be bad. */
  evaluationPeriods: number;
  datapointsToAlarm: number;
  treatMissingData: TreatMissingData;
  topic: ITopic;
};

/** An alarm that says what it means and where to read what to do; speaks when it fires and when it ends. */
export class RunbookAlarm extends Construct {
  readonly alarm: Alarm;

  constructor(scope: Construct, id: string, props: RunbookAlarmProps) {
    super(scope, id);
    this.alarm = new Alarm(this, 'Alarm', {
      alarmName: props.alarmName,
      alarmDescription: alarmDescription(props),
      metric: props.metric,
      threshold: props.threshold,
      comparisonOperator: props.comparison,
      evaluationPeriods: props.evaluationPeriods,
      datapointsToAlarm: props.datapointsToAlarm,
      treatMissingData: props.treatMissingData,
    });
    this.alarm.addAlarmAction(new SnsAction(props.topic));
    this.alarm.addOkAction(new SnsAction(props.topic));
  }
}
