import { Duration } from 'aws-cdk-lib';
import { AlarmRule, AlarmState, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { StageConfig } from '../../config.ts';
import { doorMetric, metric } from '../../pipeline/metric.ts';
import { SHUTDOWN_ALARM_DAYS } from '../../pipeline/model/lifecycle.ts';
import type { AlarmPlan } from './alarm-plan.ts';
import { fiveMinutes, metricOfDoor, percentOf, perLane, sumOverLanes } from './relay-metrics.ts';

/** Whether models answer, and for how long they will. */
export const providerAlarms = (config: StageConfig): AlarmPlan[] => [
  {
    kind: 'metric',
    name: 'provider-needs-person',
    runbook: 'provider-needs-person',
    severity: 'critical',
    impact: 'A provider refuses us for want of money or valid credentials: its jobs fail until someone acts.',
    metric: sumOverLanes(config.stage, metric.providerNeedsPerson),
    threshold: 0,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    way: 'grouped',
  },
  {
    kind: 'metric',
    name: 'open-circuits',
    runbook: 'open-circuits',
    severity: 'warning',
    impact:
      'Jobs have passed over a provider for ten minutes: lesser models answer, or only the last rungs do.',
    metric: sumOverLanes(config.stage, metric.circuitSkips, { period: fiveMinutes }),
    threshold: 0,
    evaluationPeriods: 2,
    datapointsToAlarm: 2,
    way: 'grouped',
  },
  {
    kind: 'metric',
    name: 'rescued-answers',
    runbook: 'rescued-answers',
    severity: 'warning',
    impact:
      'More than one answer in five comes from a lesser model than was asked for: people read worse answers.',
    metric: rescuedPercent(config),
    threshold: config.objectives.rescuedPercent,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    way: 'grouped',
  },
  providerDown,
  ...SHUTDOWN_ALARM_DAYS.map((days) => modelShutdown(config, days)),
];

/** Of the jobs that have ended with an answer. */
const rescuedPercent = ({ stage }: StageConfig) =>
  percentOf('RescuedAnswers in %', {
    part: perLane('rescued', stage, metric.rescuedAnswers),
    whole: perLane('succeeded', stage, metric.jobsSucceeded),
    least: 10,
    period: fiveMinutes,
  });

/** One provider out of several is passed over without harm; this is the case in which people notice. */
const providerDown: AlarmPlan = {
  kind: 'composite',
  name: 'provider-down',
  runbook: 'provider-down',
  severity: 'critical',
  impact:
    'A provider is down and people notice: their answers come from lesser models or are the default one.',
  rule: (alarm) => {
    const fires = (name: string) => AlarmRule.fromAlarm(alarm(name), AlarmState.ALARM);
    return AlarmRule.allOf(
      fires('open-circuits'),
      AlarmRule.anyOf(fires('rescued-answers'), fires('default-answers')),
    );
  },
  way: 'grouped',
};

const modelShutdown = ({ stage }: StageConfig, days: number): AlarmPlan => ({
  kind: 'metric',
  name: `model-shutdown-${days}-days`,
  runbook: 'model-shutdown',
  severity: days > 7 ? 'warning' : 'critical',
  impact: `A model loses its last provider within ${days} days: from then on jobs that name it have no answer.`,
  metric: metricOfDoor(stage, doorMetric.modelShutdownDays, {
    statistic: 'Minimum',
    period: Duration.hours(1),
  }),
  threshold: days,
  comparison: ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  // Days do not become more because nobody counts them.
  treatMissingData: TreatMissingData.IGNORE,
  way: 'grouped',
});
