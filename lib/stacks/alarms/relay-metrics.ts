import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { metricsNamespace, type StageName } from '../../config.ts';
import { type LaneName, laneNames } from '../../pipeline/job/lane.ts';
import { type DoorMetric, LANE_DIMENSION, METRICS_SERVICE, type MetricName } from '../../pipeline/metric.ts';

export const oneMinute = Duration.minutes(1);
export const fiveMinutes = Duration.minutes(5);

export const lanesOfWaitingPeople: readonly LaneName[] = ['critical', 'high'];

/** By the names that an expression calls them. An alarm takes ten of them at most (CloudWatch, "Alarm limits"). */
export type Metrics = Record<string, IMetric>;

/** One metric of a lane's workers. */
export const metricOfLane = (stage: StageName, metricName: MetricName, lane: LaneName): Metric =>
  new Metric({
    namespace: metricsNamespace(stage),
    metricName,
    dimensionsMap: { service: METRICS_SERVICE, [LANE_DIMENSION]: lane },
    statistic: 'Sum',
  });

/** One metric of workers, once for each lane. */
export const perLane = (
  prefix: string,
  stage: StageName,
  metricName: MetricName,
  lanes: readonly LaneName[] = laneNames,
): Metrics =>
  Object.fromEntries(
    lanes.map((lane, index) => [`${prefix}${index}`, metricOfLane(stage, metricName, lane)]),
  );

/**
 * A gap in a counter is a zero: without this an alarm outlasts its cause by two periods, since CloudWatch looks farther
 * back for data that is there. Not below five minutes: there data that is only late would be a zero as well.
 */
const sumOf = (metrics: Metrics, period: Duration): string => {
  const fills = period.toMinutes() >= fiveMinutes.toMinutes();
  const ids = Object.keys(metrics).map((id) => (fills ? `FILL(${id}, 0)` : id));
  return `SUM([${ids.join(', ')}])`;
};

type SumOptions = { lanes?: readonly LaneName[]; period?: Duration };

/** A metric of workers, summed over lanes. */
export const sumOverLanes = (
  stage: StageName,
  metricName: MetricName,
  { lanes = laneNames, period = oneMinute }: SumOptions = {},
): IMetric => sumMetric(metricName, perLane(idOf(metricName), stage, metricName, lanes), period);

/** Different metrics have different ids, so that they can stand in one graph. */
const idOf = (metricName: MetricName): string =>
  `${metricName.charAt(0).toLowerCase()}${metricName.slice(1)}`;

export const sumMetric = (label: string, usingMetrics: Metrics, period: Duration): IMetric =>
  new MathExpression({ expression: sumOf(usingMetrics, period), label, period, usingMetrics });

/** Counted, and of how many: `least` are needed before it is a rate; with fewer it is 0. */
type Rate = { part: Metrics; whole: Metrics; least: number; period: Duration };

/** A part in percent of a whole. */
export const percentOf = (label: string, { part, whole, least, period }: Rate): IMetric => {
  const counted = sumOf(part, period);
  return new MathExpression({
    expression: `IF(${counted} >= ${least}, 100 * ${counted} / ${sumOf(whole, period)}, 0)`,
    label,
    period,
    usingMetrics: { ...part, ...whole },
  });
};

/** A metric of a door that works for all lanes. */
export const metricOfDoor = (
  stage: StageName,
  { name, door }: DoorMetric,
  { statistic, period }: { statistic: string; period: Duration },
): IMetric =>
  new Metric({
    namespace: metricsNamespace(stage),
    metricName: name,
    dimensionsMap: { service: door },
    statistic,
    period,
  });

/**
 * How many messages of a queue are not done, whether they wait or are in somebody's hands. For alarms on what a queue
 * that should be empty does not get rid of: SQS's age of the oldest message leaves out what was received three times,
 * until it is deleted (developer guide, "Available CloudWatch metrics for Amazon SQS").
 */
export const metricOfWaiting = (label: string, queue: IQueue): IMetric => {
  const usingMetrics = {
    visible: queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
    inFlight: queue.metricApproximateNumberOfMessagesNotVisible({ statistic: 'Maximum' }),
  };
  return sumMetric(label, usingMetrics, oneMinute);
};
