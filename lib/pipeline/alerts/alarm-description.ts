import { type Severity, severities } from './alert.ts';

/** What an alarm says of itself, in the one field that CloudWatch hands on. */
export type AlarmDescription = {
  /** What it means for users or for us, in one sentence: an alarm without an impact wakes people for nothing. */
  impact: string;
  severity: Severity;
  /** Heading in docs/runbook.md. */
  runbook: string;
};

/** Written by the construct of alarms, read by the aggregator. */
export const alarmDescription = ({ impact, severity, runbook }: AlarmDescription): string =>
  `${impact} Severity: ${severity}. Runbook: docs/runbook.md#${runbook}`;

const PATTERN = /^(.*) Severity: (\w+)\. Runbook: docs\/runbook\.md#([a-z0-9-]+)$/s;

export const readAlarmDescription = (text: string): AlarmDescription | undefined => {
  const [, impact = '', said, runbook = ''] = PATTERN.exec(text) ?? [];
  const severity = severities.find((known) => known === said);
  return severity && { impact, severity, runbook };
};
