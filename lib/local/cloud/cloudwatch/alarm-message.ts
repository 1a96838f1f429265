import type { AlarmSpec, AlarmState } from './alarm.ts';

export type StateChange = {
  alarm: AlarmSpec;
  from: AlarmState;
  to: AlarmState;
  reason: string;
  /** By this machine's clock. */
  atMs: number;
  region: string;
};

/** The subject and the body that CloudWatch publishes to an SNS topic when an alarm changes its state. */
export const alarmMessage = (change: StateChange): { subject: string; message: string } => ({
  subject: `${change.to}: "${change.alarm.name}" in ${change.region}`,
  message: JSON.stringify(bodyOf(change)),
});

const bodyOf = ({ alarm, from, to, reason, atMs, region }: StateChange) => ({
  AlarmName: alarm.name,
  AlarmDescription: alarm.description,
  AWSAccountId: alarm.arn.split(':')[4],
  ...(alarm.kind === 'metric' && { AlarmConfigurationUpdatedTimestamp: timeText(atMs) }),
  NewStateValue: to,
  NewStateReason: reason,
  StateChangeTime: timeText(atMs),
  Region: region,
  AlarmArn: alarm.arn,
  OldStateValue: from,
  OKActions: alarm.actions.OK,
  AlarmActions: alarm.actions.ALARM,
  InsufficientDataActions: alarm.actions.INSUFFICIENT_DATA,
  ...(alarm.kind === 'metric' ? { Trigger: alarm.trigger } : { AlarmRule: alarm.ruleText }),
});

/** `2026-11-26T04:15:47.000+0000`, as CloudWatch writes it. */
const timeText = (atMs: number): string => new Date(atMs).toISOString().replace('Z', '+0000');
