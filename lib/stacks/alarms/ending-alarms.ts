import { Duration } from 'aws-cdk-lib';
import { AlarmRule, AlarmState } from 'aws-cdk-lib/aws-cloudwatch';
import type { StageConfig } from '../../config.ts';
import { metric } from '../../pipeline/metric.ts';
import type { AlarmPlan } from './alarm-plan.ts';
import { fiveMinutes, lanesOfWaitingPeople, percentOf, perLane, sumOverLanes } from './relay-metrics.ts';

/** How jobs end for those who sent them. */
export const endingAlarms = (config: StageConfig): AlarmPlan[] => [
  {
    kind: 'metric',
    name: 'default-answers',
    runbook: 'default-answers',
    severity: 'critical',
    impact: 'People who wait got the default answer at least five times in five minutes: no model was there.',
    metric: sumOverLanes(config.stage, metric.defaultAnswers, {
      lanes: lanesOfWaitingPeople,
      period: fiveMinutes,
    }),
    threshold: config.objectives.defaultAnswers,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    way: 'grouped',
  },
  {
    kind: 'metric',
    name: 'failed-jobs',
    runbook: 'failed-jobs',
    severity: 'critical',
    impact: 'More than one job in ten fails: their senders have no answer, and no retry will bring one.',
    metric: failedPercent(config),
    threshold: config.objectives.failedPercent,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    way: 'grouped',
  },
  {
    kind: 'metric',
    name: 'expired-jobs',
    runbook: 'expired-jobs',
    severity: 'warning',
    impact: 'Jobs that people wait for have passed their deadlines: these have no answer and will get none.',
    metric: sumOverLanes(config.stage, metric.jobsExpired, {
      lanes: lanesOfWaitingPeople,
      period: fiveMinutes,
    }),
    threshold: 0,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    way: 'grouped',
  },
  ...burnRates.flatMap((burn) => deadlineBurn(config, burn)),
];

/** Of the jobs that ended with an answer or a failure. Fewer than five failures are no rate. */
const failedPercent = ({ stage }: StageConfig) => {
  const failed = perLane('failed', stage, metric.jobsFailed);
  const succeeded = perLane('succeeded', stage, metric.jobsSucceeded);
  const rate = { part: failed, whole: { ...failed, ...succeeded }, least: 5, period: fiveMinutes };
  return percentOf('JobsFailed in %', rate);
};

/**
 * How many times faster than the objective allows deadlines are missed, over a long window, and over a short one so that
 * the alarm ends soon after its cause: 14.4 spends a month's allowance in two days, 6 in five (Google, "The Site
 * Reliability Workbook", "Alerting on SLOs").
 */
const burnRates = [
  { name: 'deadline-burn-fast', rate: 14.4, windows: { '1h': 60, '5m': 5 }, severity: 'critical' },
  { name: 'deadline-burn-slow', rate: 6, windows: { '6h': 360, '30m': 30 }, severity: 'warning' },
] as const;

type BurnRate = (typeof burnRates)[number];

const deadlineBurn = (config: StageConfig, { name, rate, windows, severity }: BurnRate): AlarmPlan[] => {
  const percent = 100 * (1 - config.objectives.deadlinesMet) * rate;
  const words = { runbook: 'deadline-burn', severity } as const;
  const parts = Object.entries(windows).map(
    ([window, minutes]): AlarmPlan => ({
      ...words,
      kind: 'metric',
      name: `deadline-burn-${window}`,
      impact: `Within ${window}, more than ${rate} times as many jobs missed their deadlines as the objective allows.`,
      metric: missedPercent(config, Duration.minutes(minutes)),
      threshold: Math.round(percent * 100) / 100,
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
      way: 'part',
    }),
  );
  const whole: AlarmPlan = {
    ...words,
    kind: 'composite',
    name,
    impact: `Deadlines are missed ${rate} times as often as the objective allows, and still are: people get no answers.`,
    rule: (alarm) =>
      AlarmRule.allOf(...parts.map((part) => AlarmRule.fromAlarm(alarm(part.name), AlarmState.ALARM))),
    way: 'grouped',
  };
  return [...parts, whole];
};

/** Of the jobs that people wait for and that were answered or came too late. A handful is no rate. */
const missedPercent = ({ stage }: StageConfig, period: Duration) => {
  const missed = perLane('missed', stage, metric.jobsExpired, lanesOfWaitingPeople);
  const answered = perLane('answered', stage, metric.jobsSucceeded, lanesOfWaitingPeople);
  return percentOf('Deadlines missed in %', {
    part: missed,
    whole: { ...missed, ...answered },
    least: 5,
    period,
  });
};
