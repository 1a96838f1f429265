import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, MathExpression, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { StageConfig, StageName } from '../../config.ts';
import { doorMetric, metric } from '../../pipeline/metric.ts';
import { DRIFT_MICRO_USD } from '../../pipeline/money/reconcile.ts';
import { FOLD_EVERY_MINUTES } from '../../pipeline/money/totals.ts';
import type { DataStack } from '../data-stack.ts';
import type { AlarmPlan } from './alarm-plan.ts';
import { fiveMinutes, metricOfDoor, metricOfWaiting, oneMinute, sumOverLanes } from './relay-metrics.ts';

const MICRO_USD = 1_000_000;

/** What is spent, and whether it is known to the cent. */
export const moneyAlarms = (config: StageConfig, data: DataStack): AlarmPlan[] => [
  spendRate(config),
  ...accountAlarms(config),
  ...ledgerAlarms(config, data),
  totalCosts(config),
  reconcileCosts(config),
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
    name: 'unknown-prices',
    runbook: 'unknown-prices',
    severity: 'warning',
    impact:
      'A provider served a tier or a day that the catalogue has no price for: what it costs is a guess until someone adds it.',
    metric: sumOverLanes(stage, metric.unknownPrices, { period: fiveMinutes }),
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
      'Calls broke off or told no usage: what they cost is a guess, on the high side, until they are reconciled.',
    metric: sumOverLanes(stage, metric.unpricedCalls),
    threshold: 10,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    way: 'grouped',
  },
];

/** Longer than a write that failed in passing needs to be repaired. */
const REPAIR_MINUTES = 15;

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
    metric: metricOfWaiting('Entries that wait', ledgerRepair.queue),
    threshold: 0,
    evaluationPeriods: REPAIR_MINUTES,
    datapointsToAlarm: REPAIR_MINUTES,
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
    // Books do not agree because nobody compares them.
    treatMissingData: TreatMissingData.IGNORE,
    way: 'grouped',
  },
];

/** Runs of a function, and how many of them failed. */
const runsOf = (stage: StageName, door: string, period: Duration) =>
  Object.fromEntries(
    ['Invocations', 'Errors'].map((metricName) => [
      metricName.toLowerCase(),
      new Metric({
        namespace: 'AWS/Lambda',
        metricName,
        dimensionsMap: { FunctionName: `relay-${stage}-${door}` },
        statistic: 'Sum',
        period,
      }),
    ]),
  );

/** Runs that a hiccup may spoil in a row. */
const MISSED_FOLDS = 3;

const totalCosts = ({ stage }: StageConfig): AlarmPlan => {
  const period = Duration.minutes(FOLD_EVERY_MINUTES);
  return {
    kind: 'metric',
    name: 'total-costs',
    runbook: 'total-costs',
    severity: 'warning',
    impact:
      'Costs are not totalled: totals stand still, budgets are not corrected, and no shutdown of a model is noticed.',
    metric: new MathExpression({
      expression: 'invocations - errors',
      label: 'Runs of total-costs that succeeded',
      period,
      usingMetrics: runsOf(stage, 'total-costs', period),
    }),
    threshold: 1,
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: MISSED_FOLDS,
    datapointsToAlarm: MISSED_FOLDS,
    treatMissingData: TreatMissingData.BREACHING,
    way: 'grouped',
  };
};

/** Once a day, and again twice when it fails: an hour in which none of them succeeded. */
const reconcileCosts = ({ stage }: StageConfig): AlarmPlan => {
  const period = Duration.hours(1);
  return {
    kind: 'metric',
    name: 'reconcile-costs',
    runbook: 'reconcile-costs',
    severity: 'warning',
    impact:
      'The ledger could not be held against the accounts of providers: drift of the last day is known to nobody.',
    metric: new MathExpression({
      expression: 'IF(invocations > errors, 0, errors)',
      label: 'Failed runs of reconcile-costs',
      period,
      usingMetrics: runsOf(stage, 'reconcile-costs', period),
    }),
    threshold: 0,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    // It runs once a day, and a failure is not over because the next run is hours away.
    treatMissingData: TreatMissingData.IGNORE,
    way: 'grouped',
  };
};
