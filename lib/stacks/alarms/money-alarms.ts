import { Duration } from 'aws-cdk-lib';
import type { StageConfig } from '../../config.ts';
import { doorMetric, metric } from '../../pipeline/metric.ts';
import type { DataStack } from '../data-stack.ts';
import type { AlarmPlan } from './alarm-plan.ts';
import { fiveMinutes, metricOfDoor, oneMinute, sumOverLanes } from './relay-metrics.ts';

const MICRO_USD = 1_000_000;

/** What is spent, and whether it is known to the cent. */
export const moneyAlarms = (config: StageConfig, data: DataStack): AlarmPlan[] => [
  spendRate(config),
  ...accountAlarms(config),
  ...ledgerAlarms(config, data),
];

const spendRate = ({ stage, spendPerHourUsd }: StageConfig): AlarmPlan => ({
  kind: 'metric',
  name: 'spend-rate',
  runbook: 'spend-rate',
  severity: 'critical',
  impact: `More than $${spendPerHourUsd} went to providers within an hour: a loop or a rush spends money that nobody planned.`,
  metric: sumOverLanes(stage, metric.costMicroUsd, { period: Duration.hours(1) }),
  threshold: spendPerHourUsd * MICRO_USD,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  way: 'grouped',
});

const accountAlarms = ({ stage }: StageConfig): AlarmPlan[] => [
  {
    kind: 'metric',
    name: 'budgets-exhausted',
    runbook: 'budgets-exhausted',
    severity: 'warning',
    impact:
      'A tenant has spent its budget of the day: its jobs end unanswered until midnight UTC or a higher budget.',
    metric: sumOverLanes(stage, metric.budgetsExhausted, { period: fiveMinutes }),
    threshold: 0,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    way: 'grouped',
  },
  {
    kind: 'metric',
    name: 'unpriced-calls',
    runbook: 'unpriced-calls',
    severity: 'warning',
    impact:
      'Calls of providers could not be priced: their cost is a guess, on the high side, until someone acts.',
    metric: sumOverLanes(stage, metric.unpricedCalls),
    threshold: 10,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    way: 'grouped',
  },
];

/** Longer than a write that failed in passing needs to be repaired, in seconds. */
const REPAIR_SECONDS = 900;

/** What rounding, late usage and broken calls may come to in a day, in micro-dollars. */
const DRIFT_MICRO_USD = 1_000_000;

const ledgerAlarms = ({ stage }: StageConfig, { ledgerRepair }: DataStack): AlarmPlan[] => [
  {
    kind: 'metric',
    name: 'ledger-unwritten',
    runbook: 'ledger-unwritten',
    severity: 'warning',
    impact:
      'Entries of the ledger could not be written and went to repair: totals are too low until they are.',
    metric: sumOverLanes(stage, metric.ledgerUnwritten, { period: fiveMinutes }),
    threshold: 0,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    way: 'grouped',
  },
  {
    kind: 'metric',
    name: 'ledger-repair',
    runbook: 'ledger-repair',
    severity: 'critical',
    impact:
      'Entries of the ledger wait for repair and do not get it: after four days they are lost, and the accounts wrong.',
    metric: ledgerRepair.queue.metricApproximateAgeOfOldestMessage({
      statistic: 'Maximum',
      period: oneMinute,
    }),
    threshold: REPAIR_SECONDS,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    way: 'grouped',
  },
  {
    kind: 'metric',
    name: 'ledger-repair-dead-letters',
    runbook: 'ledger-repair',
    severity: 'critical',
    impact:
      'Entries of the ledger were set aside: the accounts are wrong until someone acts, and for good after 14 days.',
    metric: ledgerRepair.deadLetterQueue.metricApproximateNumberOfMessagesVisible({
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
    name: 'ledger-drift',
    runbook: 'ledger-drift',
    severity: 'warning',
    impact:
      'Ledger and provider disagree on what was spent: bills, totals and budgets cannot be trusted until someone looks.',
    metric: metricOfDoor(stage, doorMetric.ledgerDrift, { statistic: 'Maximum', period: Duration.hours(1) }),
    threshold: DRIFT_MICRO_USD,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    way: 'grouped',
  },
];
