import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { StageConfig } from '../../config.ts';
import type { Severity } from '../../pipeline/alerts/alert.ts';
import { LONGEST_DELAY_SECONDS } from '../../pipeline/dispatch/timeout-lattice.ts';
import { type LaneName, laneNames } from '../../pipeline/job/lane.ts';
import { metric } from '../../pipeline/metric.ts';
import type { DataStack } from '../data-stack.ts';
import type { AlarmPlan } from './alarm-plan.ts';
import { lanesOfWaitingPeople, metricOfLane, oneMinute } from './relay-metrics.ts';

/** What the lanes' queues themselves show. */
export const laneAlarms = (config: StageConfig, data: DataStack): AlarmPlan[] => [
  ...laneNames.flatMap((lane) => [deadLetters(lane, config, data), waiting(lane, config, data)]),
  backlog(config, data),
];

const severityOf = (lane: LaneName): Severity =>
  lanesOfWaitingPeople.includes(lane) ? 'critical' : 'warning';

const deadLetters = (lane: LaneName, { objectives }: StageConfig, data: DataStack): AlarmPlan => ({
  kind: 'metric',
  name: `dead-letters-${lane}`,
  runbook: 'dead-letters',
  severity: severityOf(lane),
  impact: `Messages of lane ${lane} were set aside: their jobs will not run until someone acts.`,
  metric: data.lanes[lane].deadLetterQueue.metricApproximateNumberOfMessagesVisible(minutely),
  threshold: objectives.deadLetters,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  way: 'direct',
});

/**
 * SQS leaves out of its age what was received three times, and a job that is deferred is received again and again: so
 * its age is told by the workers, too. They tell it with each delivery, hence the longer look: two deliveries of one
 * message lie in it.
 */
const waiting = (lane: LaneName, config: StageConfig, data: DataStack): AlarmPlan => {
  const threshold = config.lanes[lane].patienceSeconds * config.objectives.waitShare;
  const betweenSeconds = Math.min(LONGEST_DELAY_SECONDS, threshold);
  return {
    kind: 'metric',
    name: `waiting-${lane}`,
    runbook: 'waiting',
    severity: severityOf(lane),
    impact: `Jobs of lane ${lane} have used half of their time waiting: the next ones will expire unanswered.`,
    metric: new MathExpression({
      expression: 'MAX([oldest, received / 1000])',
      label: 'Age of the oldest in s',
      period: oneMinute,
      usingMetrics: {
        oldest: data.lanes[lane].queue.metricApproximateAgeOfOldestMessage(minutely),
        received: metricOfLane(config.stage, metric.messageAge, lane).with({ statistic: 'Maximum' }),
      },
    }),
    threshold,
    evaluationPeriods: Math.ceil(betweenSeconds / 60) + 1,
    datapointsToAlarm: 2,
    way: 'grouped',
  };
};

const minutely = { period: oneMinute, statistic: 'Maximum' };

/** Depth, told before age is: of the lane that is fullest, in percent of what it begins within half of its patience. */
const backlog = (config: StageConfig, data: DataStack): AlarmPlan => {
  const shares = laneNames.map((lane, index) => `depth${index} / ${jobsInHalfPatience(lane, config)}`);
  return {
    kind: 'metric',
    name: 'backlog',
    runbook: 'backlog',
    severity: 'warning',
    impact:
      'A lane holds more jobs than it can begin within half of their time: the last of them will wait too long.',
    metric: new MathExpression({
      expression: `100 * MAX([${shares.join(', ')}])`,
      label: 'Fullest lane in %',
      period: oneMinute,
      usingMetrics: Object.fromEntries(
        laneNames.map((lane, index) => [
          `depth${index}`,
          data.lanes[lane].queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
        ]),
      ),
    }),
    threshold: 100,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    way: 'grouped',
  };
};

const jobsInHalfPatience = (lane: LaneName, { lanes, typicalJobSeconds }: StageConfig): number => {
  const { concurrency, parallelism, patienceSeconds } = lanes[lane];
  return Math.floor((concurrency * parallelism * patienceSeconds) / 2 / typicalJobSeconds);
};
