import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { metricsNamespace, type StageConfig } from '../config.ts';
import { RunbookAlarm, type RunbookAlarmProps } from '../constructs/runbook-alarm.ts';
import { type LaneName, laneNames } from '../pipeline/job/lane.ts';
import { LANE_DIMENSION, METRICS_SERVICE, type MetricName, metric, stageMetric } from '../pipeline/metric.ts';
import type { AlertsStack } from './alerts-stack.ts';
import type { DataStack } from './data-stack.ts';

/** What differs from alarm to alarm; the name is the runbook's heading, followed by a lane where there is one per lane. */
type Watch = Pick<
  RunbookAlarmProps,
  'impact' | 'metric' | 'threshold' | 'evaluationPeriods' | 'datapointsToAlarm'
> & {
  runbook: string;
  lane?: string;
};

/** What the person on call is told, and by which way. */
export class OperationsStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    config: StageConfig,
    data: DataStack,
    alerts: AlertsStack,
    props: StackProps,
  ) {
    super(scope, id, props);
    const watches = [
      ...laneWatches(config, data),
      ...faultWatches(config),
      ...endingWatches(config),
      ...ledgerWatches(config, data),
    ];
    for (const watch of watches) {
      const name = watch.lane ? `${watch.runbook}-${watch.lane}` : watch.runbook;
      new RunbookAlarm(this, name, {
        ...watch,
        alarmName: `relay-${config.stage}-${name}`,
        comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
        severity: waking.has(watch.runbook) ? 'critical' : 'warning',
        topic: topicOf(watch, alerts),
      });
    }
  }
}

/** What people wait for, or what no retry will mend. */
const waking = new Set(['dead-letters', 'provider-needs-person', 'default-answers']);

/** Dead letters reach people directly: nothing may stand between them and whoever moves them back. */
const topicOf = ({ runbook }: Watch, { alarms, notices }: AlertsStack): ITopic =>
  runbook === 'dead-letters' ? notices : alarms;

/** What the queues themselves show. */
const laneWatches = (config: StageConfig, data: DataStack): Watch[] =>
  laneNames.flatMap((lane) => [
    {
      lane,
      runbook: 'dead-letters',
      impact: `Messages of lane ${lane} were set aside: their jobs will not run until someone acts.`,
      metric: data.lanes[lane].deadLetterQueue.metricApproximateNumberOfMessagesVisible(everyMinute),
      threshold: 0,
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
    },
    {
      lane,
      runbook: 'waiting',
      impact: `Jobs of lane ${lane} have used half of their time waiting: the next ones will expire unanswered.`,
      metric: data.lanes[lane].queue.metricApproximateAgeOfOldestMessage(everyMinute),
      threshold: config.lanes[lane].patienceSeconds / 2,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
    },
  ]);

const everyMinute = { period: Duration.minutes(1), statistic: 'Maximum' };

/** What only Relay knows of the faults that it meets, summed over its lanes. */
const faultWatches = ({ stage }: StageConfig): Watch[] => [
  {
    runbook: 'provider-needs-person',
    impact: 'A provider refuses us for want of money or valid credentials: its jobs fail until someone acts.',
    metric: sumOverLanes(stage, metric.providerNeedsPerson),
    threshold: 0,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
  },
  {
    runbook: 'open-circuits',
    impact:
      'Jobs have passed over a provider for ten minutes: lesser models answer, or only the last rungs do.',
    metric: sumOverLanes(stage, metric.circuitSkips, { period: fiveMinutes }),
    threshold: 0,
    evaluationPeriods: 2,
    datapointsToAlarm: 2,
  },
  {
    runbook: 'delivery-errors',
    impact:
      'Deliveries fail for reasons of our own or of DynamoDB: their jobs go back to their lanes and wait.',
    metric: sumOverLanes(stage, metric.deliveryErrors),
    threshold: 0,
    evaluationPeriods: 5,
    datapointsToAlarm: 3,
  },
  {
    runbook: 'unpriced-calls',
    impact: 'Calls of providers could not be priced: the cost on their jobs is too low until someone acts.',
    metric: sumOverLanes(stage, metric.unpricedCalls),
    threshold: 10,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
  },
];

/** How jobs end for those who sent them. */
const endingWatches = ({ stage }: StageConfig): Watch[] => [
  {
    runbook: 'default-answers',
    impact: 'People who wait got the default answer at least five times in five minutes: no model was there.',
    metric: sumOverLanes(stage, metric.defaultAnswers, { lanes: lanesOfWaitingPeople, period: fiveMinutes }),
    threshold: 4,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
  },
  {
    runbook: 'failed-jobs',
    impact: 'More than one job in ten fails: their senders have no answer, and no retry will bring one.',
    metric: failedPercent(stage),
    threshold: 10,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
  },
  {
    runbook: 'expired-jobs',
    impact: 'Jobs that people wait for have passed their deadlines: these have no answer and will get none.',
    metric: sumOverLanes(stage, metric.jobsExpired, { lanes: lanesOfWaitingPeople, period: fiveMinutes }),
    threshold: 0,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
  },
];

/** A dollar between the ledger and a provider's account, which nobody had marked as a guess. */
const MAX_DRIFT_MICRO_USD = 1_000_000;

/** Whether what was spent is known. */
const ledgerWatches = ({ stage }: StageConfig, { ledgerRepair }: DataStack): Watch[] => [
  {
    runbook: 'ledger-repair',
    impact: 'Calls could not be entered in the ledger for ten minutes: totals are too low until they are.',
    metric: sumOverLanes(stage, metric.ledgerUnwritten, { period: fiveMinutes }),
    threshold: 0,
    evaluationPeriods: 2,
    datapointsToAlarm: 2,
  },
  {
    runbook: 'ledger-repair',
    lane: 'dead-letters',
    impact: 'Entries of the ledger were set aside: what these calls cost is in no total until someone acts.',
    metric: ledgerRepair.deadLetterQueue.metricApproximateNumberOfMessagesVisible(everyMinute),
    threshold: 0,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
  },
  {
    runbook: 'ledger-drift',
    impact:
      'The ledger and a provider differ by more than a dollar that nobody expected: costs told are wrong.',
    metric: new Metric({
      namespace: metricsNamespace(stage),
      metricName: stageMetric.ledgerDrift,
      dimensionsMap: { service: 'reconcile-costs' },
      statistic: 'Maximum',
      period: Duration.hours(1),
    }),
    threshold: MAX_DRIFT_MICRO_USD,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
  },
];

const fiveMinutes = Duration.minutes(5);

const lanesOfWaitingPeople: readonly LaneName[] = ['critical', 'high'];

type SumOptions = { lanes?: readonly LaneName[]; period?: Duration };

const sumOverLanes = (
  stage: StageConfig['stage'],
  metricName: MetricName,
  { lanes = laneNames, period = Duration.minutes(1) }: SumOptions = {},
): IMetric => {
  const usingMetrics = perLane('lane', stage, metricName, lanes);
  return new MathExpression({ expression: sumOf(usingMetrics), label: metricName, period, usingMetrics });
};

/** Of the jobs that ended with an answer or a failure. Fewer than five failures are no rate. */
const failedPercent = (stage: StageConfig['stage']): IMetric => {
  const failed = perLane('failed', stage, metric.jobsFailed, laneNames);
  const all = { ...failed, ...perLane('succeeded', stage, metric.jobsSucceeded, laneNames) };
  return new MathExpression({
    expression: `IF(${sumOf(failed)} >= 5, 100 * ${sumOf(failed)} / ${sumOf(all)}, 0)`,
    label: 'JobsFailed in %',
    period: fiveMinutes,
    usingMetrics: all,
  });
};

type Metrics = Record<string, IMetric>;

/** By the names that an expression calls them. An alarm takes ten of them at most (CloudWatch, "Alarm limits"). */
const perLane = (
  prefix: string,
  stage: StageConfig['stage'],
  metricName: MetricName,
  lanes: readonly LaneName[],
): Metrics =>
  Object.fromEntries(
    lanes.map((lane, index) => [
      `${prefix}${index}`,
      new Metric({
        namespace: metricsNamespace(stage),
        metricName,
        dimensionsMap: { service: METRICS_SERVICE, [LANE_DIMENSION]: lane },
        statistic: 'Sum',
      }),
    ]),
  );

const sumOf = (metrics: Metrics): string => `SUM([${Object.keys(metrics).join(', ')}])`;
