import type { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { StageConfig, StageName } from '../../config.ts';
import { laneNames } from '../../pipeline/job/lane.ts';
import { metric } from '../../pipeline/metric.ts';
import type { ApiStack } from '../api-stack.ts';
import type { DataStack } from '../data-stack.ts';
import type { AlarmPlan } from './alarm-plan.ts';
import { fiveMinutes, type Metrics, oneMinute, percentOf, sumMetric, sumOverLanes } from './relay-metrics.ts';

/** Whether functions, tables and the API do their part. */
export const machineryAlarms = (config: StageConfig, data: DataStack, api: ApiStack): AlarmPlan[] => [
  functionErrors(config),
  throttledFunctions(config),
  nearTimeout(config),
  throttledTables(data),
  deliveryErrors(config),
  apiErrors(config, api),
];

/** Doors beside the workers: on schedule, behind a queue of their own, or the API's. */
const otherDoors = [
  'repair-ledger',
  'total-costs',
  'reconcile-costs',
  'group-alerts',
  'send-webhooks',
  'http-api',
];

const workersOf = (stage: StageName): string[] =>
  laneNames.map((lane) => `relay-${stage}-process-job-${lane}`);

const functionsOf = (stage: StageName): string[] => [
  ...workersOf(stage),
  ...otherDoors.map((door) => `relay-${stage}-${door}`),
];

const ofFunctions = (names: readonly string[], metricName: string, statistic: string): Metrics =>
  Object.fromEntries(
    names.map((FunctionName, index) => [
      `function${index}`,
      new Metric({ namespace: 'AWS/Lambda', metricName, dimensionsMap: { FunctionName }, statistic }),
    ]),
  );

const sumOfFunctions = (stage: StageName, metricName: string, period: Duration) =>
  sumMetric(metricName, ofFunctions(functionsOf(stage), metricName, 'Sum'), period);

const functionErrors = ({ stage }: StageConfig): AlarmPlan => ({
  kind: 'metric',
  name: 'function-errors',
  runbook: 'function-errors',
  severity: 'warning',
  impact:
    'Functions die or run out of time: what they had in hand starts over, and calls to models are paid twice.',
  metric: sumOfFunctions(stage, 'Errors', fiveMinutes),
  threshold: 4,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  way: 'grouped',
});

const throttledFunctions = ({ stage }: StageConfig): AlarmPlan => ({
  kind: 'metric',
  name: 'throttled-functions',
  runbook: 'throttled-functions',
  severity: 'warning',
  impact:
    'AWS refuses to run functions: the account has no concurrency left, and lanes are worked off more slowly.',
  metric: sumOfFunctions(stage, 'Throttles', oneMinute),
  threshold: 0,
  evaluationPeriods: 5,
  datapointsToAlarm: 3,
  way: 'grouped',
});

/** A batch that runs out of time is repeated as a whole, and its calls are paid twice. */
const NEAR_TIMEOUT = 0.8;

const nearTimeout = ({ stage, worker }: StageConfig): AlarmPlan => {
  const usingMetrics = ofFunctions(workersOf(stage), 'Duration', 'Maximum');
  return {
    kind: 'metric',
    name: 'near-timeout',
    runbook: 'near-timeout',
    severity: 'warning',
    impact:
      'Invocations take nearly all of their time: a little more, and they are cut off and their calls paid twice.',
    metric: new MathExpression({
      expression: `MAX([${Object.keys(usingMetrics).join(', ')}])`,
      label: 'Longest invocation',
      period: fiveMinutes,
      usingMetrics,
    }),
    threshold: NEAR_TIMEOUT * worker.timeoutSeconds * 1_000,
    evaluationPeriods: 2,
    datapointsToAlarm: 2,
    way: 'grouped',
  };
};

/** DynamoDB sends these only while it throttles, and an alarm on one of them alone would never end: hence the sum. */
const throttledTables = ({ jobs, fleet }: DataStack): AlarmPlan => {
  const events = [jobs, fleet].flatMap((table) =>
    ['ReadThrottleEvents', 'WriteThrottleEvents'].map((name) => table.metric(name, { statistic: 'Sum' })),
  );
  const usingMetrics = Object.fromEntries(events.map((event, index) => [`table${index}`, event]));
  return {
    kind: 'metric',
    name: 'throttled-tables',
    runbook: 'throttled-tables',
    severity: 'warning',
    impact:
      'DynamoDB throttles our tables: claims and results take longer, and some jobs go back to their lanes.',
    metric: sumMetric('Throttled requests', usingMetrics, fiveMinutes),
    threshold: 10,
    evaluationPeriods: 2,
    datapointsToAlarm: 1,
    way: 'grouped',
  };
};

const deliveryErrors = ({ stage }: StageConfig): AlarmPlan => ({
  kind: 'metric',
  name: 'delivery-errors',
  runbook: 'delivery-errors',
  severity: 'critical',
  impact:
    'Deliveries fail for reasons of our own or of DynamoDB: their jobs go back to their lanes and wait.',
  metric: sumOverLanes(stage, metric.deliveryErrors),
  threshold: 0,
  evaluationPeriods: 5,
  datapointsToAlarm: 3,
  way: 'grouped',
});

const apiErrors = ({ objectives }: StageConfig, { requests }: ApiStack): AlarmPlan => ({
  kind: 'metric',
  name: 'api-errors',
  runbook: 'api-errors',
  severity: 'critical',
  impact:
    'The HTTP API answers 5xx: who calls it can neither submit jobs nor see them; jobs that it accepted go on.',
  metric: percentOf('Requests answered 5xx, in percent', {
    part: { failed: requests.metricServerError({ statistic: 'Sum' }) },
    whole: { requests: requests.metricCount({ statistic: 'Sum' }) },
    least: 5,
    period: fiveMinutes,
  }),
  threshold: objectives.apiErrorPercent,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  way: 'grouped',
});
