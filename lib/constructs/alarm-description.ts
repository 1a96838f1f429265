/** `critical` wakes a person; `warning` can wait for the morning. */
export type Severity = 'critical' | 'warning';

/** What an alarm says of itself. */
export type AlarmWords = {
  /** What it means for users or for us, in one sentence: an alarm without an impact wakes people for nothing. */
  impact: string;
  severity: Severity;
  /** Heading in docs/runbook.md. */
  runbook: string;
};

/** One form for all alarms: whoever groups them reads severity and heading from it. */
export const alarmDescription = ({ impact, severity, runbook }: AlarmWords): string =>
  `${impact} Severity: ${severity}. Runbook: docs/runbook.md#${runbook}`;
