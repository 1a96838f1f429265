import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IAlarm,
  type IMetric,
  type IWidget,
  PeriodOverride,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import { type LaneName, laneNames } from '../pipeline/job/lane.ts';
import { doorMetric, type MetricName, metric } from '../pipeline/metric.ts';
import { fiveMinutes, metricOfDoor, metricOfLane, oneMinute, sumOverLanes } from './alarms/relay-metrics.ts';
import type { DataStack } from './data-stack.ts';

/** Columns of a dashboard. */
const WIDTH = 24;
const HEIGHT = 6;

/** One page that a person on call reads from top to bottom: what fires, who waits, how jobs end, who answers, what it costs. */
export const relayDashboard = (
  scope: Construct,
  { stage }: StageConfig,
  data: DataStack,
  alarms: ReadonlyMap<string, IAlarm>,
): Dashboard => {
  const sum = (name: MetricName) => sumOverLanes(stage, name, { period: fiveMinutes });
  const ofLanes = (name: MetricName, statistic: string) =>
    laneNames.map((lane) =>
      metricOfLane(stage, name, lane).with({ label: lane, statistic, period: fiveMinutes }),
    );
  const dashboard = new Dashboard(scope, 'Dashboard', {
    dashboardName: `relay-${stage}`,
    defaultInterval: Duration.hours(3),
    periodOverride: PeriodOverride.AUTO,
  });
  const rows: IWidget[][] = [
    [
      new TextWidget({
        markdown: `# Relay, ${stage}\nRead from top to bottom. What to do: docs/runbook.md, under the name of the alarm.`,
        width: WIDTH,
        height: 2,
      }),
    ],
    [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms.values()], width: WIDTH, height: HEIGHT })],
    row([
      ['Who waits: age of the oldest, s', laneNames.map((lane) => ageOf(lane, data))],
      ['How many wait', laneNames.map((lane) => depthOf(lane, data))],
      ['Set aside', laneNames.map((lane) => setAside(lane, data))],
    ]),
    row([
      ['How jobs end', [sum(metric.jobsSucceeded), sum(metric.jobsFailed), sum(metric.jobsExpired)]],
      ['What comes back', [sum(metric.jobsDeferred), sum(metric.deliveryErrors), sum(metric.duplicates)]],
      ['Wait before the first run, p99 ms', ofLanes(metric.queueWait, 'p99')],
    ]),
    row([
      [
        'Who answers instead',
        [sum(metric.rescuedAnswers), sum(metric.cachedAnswers), sum(metric.defaultAnswers)],
      ],
      ['Providers', [sum(metric.circuitSkips), sum(metric.callsCutOff), sum(metric.providerNeedsPerson)]],
      ['Time of calls, p99 ms', ofLanes(metric.modelLatency, 'p99')],
    ]),
    row([
      ['Spent, micro-dollars in 5 min', ofLanes(metric.costMicroUsd, 'Sum')],
      ['Tokens', [sum(metric.inputTokens), sum(metric.outputTokens)]],
      [
        'Ledger off accounts, or held against none, micro-dollars',
        [doorMetric.ledgerDrift, doorMetric.unreconciledCost].map((it) => metricOfDoor(stage, it, daily)),
      ],
      ['Accounts', [sum(metric.unpricedCalls), sum(metric.ledgerUnwritten), sum(metric.budgetsExhausted)]],
    ]),
  ];
  for (const widgets of rows) dashboard.addWidgets(...widgets);
  return dashboard;
};

type Graph = [title: string, left: IMetric[]];

const row = (graphs: readonly Graph[]): IWidget[] =>
  graphs.map(
    ([title, left]) => new GraphWidget({ title, left, width: WIDTH / graphs.length, height: HEIGHT }),
  );

const daily = { statistic: 'Maximum', period: Duration.days(1) };

const worst = { statistic: 'Maximum', period: oneMinute };

const ageOf = (lane: LaneName, { lanes }: DataStack): IMetric =>
  lanes[lane].queue.metricApproximateAgeOfOldestMessage({ ...worst, label: lane });

const depthOf = (lane: LaneName, { lanes }: DataStack): IMetric =>
  lanes[lane].queue.metricApproximateNumberOfMessagesVisible({ ...worst, label: lane });

const setAside = (lane: LaneName, { lanes }: DataStack): IMetric =>
  lanes[lane].deadLetterQueue.metricApproximateNumberOfMessagesVisible({ ...worst, label: lane });
