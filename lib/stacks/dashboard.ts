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
import type { AlarmPlan } from './alarms/alarm-plan.ts';
import {
  fiveMinutes,
  lanesOfWaitingPeople,
  metricOfDoor,
  metricOfLane,
  oneMinute,
  sumOverLanes,
} from './alarms/relay-metrics.ts';
import type { ApiStack } from './api-stack.ts';
import type { DataStack } from './data-stack.ts';

/** Columns of a dashboard. */
const WIDTH = 24;
const HEIGHT = 6;

/** One page that a person on call reads from top to bottom: what fires, who waits, how jobs end, who answers, what it costs. */
export const relayDashboard = (
  scope: Construct,
  config: StageConfig,
  { data, api }: { data: DataStack; api: ApiStack },
  { plans, alarms }: { plans: readonly AlarmPlan[]; alarms: ReadonlyMap<string, IAlarm> },
): Dashboard => {
  const { stage, objectives } = config;
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
    row(objectiveGraphs(config, plans, api)),
    row([
      ['Who waits: age of the oldest, s', laneNames.map((lane) => ageOf(lane, data))],
      ['How many wait', laneNames.map((lane) => depthOf(lane, data))],
      ['Set aside', laneNames.map((lane) => setAside(lane, data))],
    ]),
    row([
      ['How jobs end', [sum(metric.jobsSucceeded), sum(metric.jobsFailed), sum(metric.jobsExpired)]],
      ['What comes back', [sum(metric.jobsDeferred), sum(metric.deliveryErrors), sum(metric.duplicates)]],
      [
        'Wait before the first run, p99 ms',
        ofLanes(metric.queueWait, 'p99'),
        lanesOfWaitingPeople.map((lane) => ({
          label: lane,
          value: objectives.usualWaitSeconds[lane] * 1_000,
        })),
      ],
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

/** `lines`: what is promised. */
type Graph = [title: string, left: IMetric[], lines?: { label: string; value: number }[]];

const row = (graphs: readonly Graph[]): IWidget[] =>
  graphs.map(
    ([title, left, leftAnnotations = []]) =>
      new GraphWidget({
        title,
        left,
        leftAnnotations,
        width: Math.floor(WIDTH / graphs.length),
        height: HEIGHT,
      }),
  );

/** What the stage promises: the very metrics that its alarms look at, each with the promise as a line. */
const objectiveGraphs = (
  { objectives }: StageConfig,
  plans: readonly AlarmPlan[],
  { requests }: ApiStack,
): Graph[] => {
  const ofAlarm = (name: string): IMetric[] =>
    plans.flatMap((plan) => (plan.kind === 'metric' && plan.name === name ? plan.metric : []));
  const promised = (value: number) => [{ label: 'promised', value }];
  return [
    [
      'Deadlines missed, %',
      ofAlarm('deadline-burn-1h'),
      promised(Math.round(1e4 * (1 - objectives.deadlinesMet)) / 100),
    ],
    ['Jobs failed, %', ofAlarm('failed-jobs'), promised(objectives.failedPercent)],
    ['Answers by a lesser model, %', ofAlarm('rescued-answers'), promised(objectives.rescuedPercent)],
    ['API: requests answered 5xx, %', ofAlarm('api-errors'), promised(objectives.apiErrorPercent)],
    [
      'API: 95 of 100 requests take, ms',
      [requests.metricLatency({ statistic: 'p95', period: fiveMinutes })],
      promised(objectives.apiLatencyMs),
    ],
  ];
};

const daily = { statistic: 'Maximum', period: Duration.days(1) };

const worst = { statistic: 'Maximum', period: oneMinute };

const ageOf = (lane: LaneName, { lanes }: DataStack): IMetric =>
  lanes[lane].queue.metricApproximateAgeOfOldestMessage({ ...worst, label: lane });

const depthOf = (lane: LaneName, { lanes }: DataStack): IMetric =>
  lanes[lane].queue.metricApproximateNumberOfMessagesVisible({ ...worst, label: lane });

const setAside = (lane: LaneName, { lanes }: DataStack): IMetric =>
  lanes[lane].deadLetterQueue.metricApproximateNumberOfMessagesVisible({ ...worst, label: lane });
