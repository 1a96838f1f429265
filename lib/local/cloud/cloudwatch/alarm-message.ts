import type { AlarmChange } from './alarms.ts';

/** `wallMs`: by this machine's clock. */
export type Announcement = { change: AlarmChange; wallMs: number; region: string };

/** The subject and the body that CloudWatch publishes to an SNS topic when an alarm changes its state. */
export const alarmMessage = (announcement: Announcement): { subject: string; message: string } => {
  const { change, region } = announcement;
  return {
    subject: `${change.to}: "${change.alarm.name}" in ${region}`,
    message: JSON.stringify(bodyOf(announcement)),
  };
};

const bodyOf = ({ change: { alarm, from, to, reason }, wallMs, region }: Announcement) => ({
  AlarmName: alarm.name,
  AlarmDescription: alarm.description,
  AWSAccountId: alarm.arn.split(':')[4],
  ...(alarm.kind === 'metric' && { AlarmConfigurationUpdatedTimestamp: timeText(wallMs) }),
  NewStateValue: to,
  NewStateReason: reason,
  StateChangeTime: timeText(wallMs),
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
