import type { StageConfig } from '../../config.ts';
import { doorMetric } from '../../pipeline/metric.ts';
import type { DataStack } from '../data-stack.ts';
import type { AlarmPlan } from './alarm-plan.ts';
import { fiveMinutes, metricOfDoor, oneMinute } from './relay-metrics.ts';

/** Whether tenants hear of the ends of their jobs. */
export const webhookAlarms = ({ stage }: StageConfig, { webhooks }: DataStack): AlarmPlan[] => [
  {
    kind: 'metric',
    name: 'webhooks-dead-letters',
    runbook: 'webhooks-dead-letters',
    severity: 'warning',
    impact:
      'Webhooks were given up after a day of tries: their tenants do not know that these jobs have ended.',
    metric: webhooks.deadLetterQueue.metricApproximateNumberOfMessagesVisible({
      statistic: 'Maximum',
      period: oneMinute,
    }),
    threshold: 0,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    way: 'direct',
  },
  {
    kind: 'metric',
    name: 'webhooks-disabled',
    runbook: 'webhooks-disabled',
    severity: 'warning',
    impact:
      'An endpoint has answered that it is gone: its tenant hears of no job any more until it names another.',
    metric: metricOfDoor(stage, doorMetric.webhooksDisabled, { statistic: 'Sum', period: fiveMinutes }),
    threshold: 0,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    way: 'grouped',
  },
];
