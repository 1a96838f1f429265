import { CompositeAlarm, type IAlarmRule } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { type AlarmDescription, alarmDescription } from '../pipeline/alerts/alarm-description.ts';

export type RunbookCompositeAlarmProps = AlarmDescription & {
  alarmName: string;
  rule: IAlarmRule;
  topic: ITopic | undefined;
};

/** An alarm on a combination of other alarms; otherwise as `RunbookAlarm`. */
export class RunbookCompositeAlarm extends Construct {
  readonly alarm: CompositeAlarm;

  constructor(scope: Construct, id: string, props: RunbookCompositeAlarmProps) {
    super(scope, id);
    this.alarm = new CompositeAlarm(this, 'Alarm', {
      compositeAlarmName: props.alarmName,
      alarmDescription: alarmDescription(props),
      alarmRule: props.rule,
    });
    if (props.topic === undefined) return;
    this.alarm.addAlarmAction(new SnsAction(props.topic));
    this.alarm.addOkAction(new SnsAction(props.topic));
  }
}
