import { Duration } from 'aws-cdk-lib';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { StageConfig } from '../../config.ts';
import { doorMetric } from '../../pipeline/metric.ts';
import type { AlarmPlan } from './alarm-plan.ts';
import { fiveMinutes, metricOfDoor } from './relay-metrics.ts';

/** Whether the rights of persons are kept, and whether that can be shown. */
export const privacyAlarms = ({ stage }: StageConfig): AlarmPlan[] => [
  {
    kind: 'metric',
    name: 'privacy-late',
    runbook: 'privacy-late',
    severity: 'critical',
    impact:
      'A person who has asked for a right has had no answer for 20 days: ten more, and the law is broken.',
    metric: metricOfDoor(stage, doorMetric.privacyRequestsLate, {
      statistic: 'Maximum',
      period: fiveMinutes,
    }),
    threshold: 0,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    // Nobody has been answered because nobody counts.
    treatMissingData: TreatMissingData.IGNORE,
    way: 'grouped',
  },
  {
    kind: 'metric',
    name: 'audit-broken',
    runbook: 'audit-broken',
    severity: 'critical',
    impact:
      'A record of the audit trail was changed, exchanged or removed: from it on the trail proves nothing until someone knows why.',
    metric: metricOfDoor(stage, doorMetric.auditFaults, { statistic: 'Maximum', period: Duration.hours(1) }),
    threshold: 0,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    // It is not whole because nobody looks.
    treatMissingData: TreatMissingData.IGNORE,
    way: 'grouped',
  },
];
