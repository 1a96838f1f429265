import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import { RunbookAlarm } from '../constructs/runbook-alarm.ts';
import { type LaneName, laneNames } from '../pipeline/lane.ts';
import type { DataStack } from './data-stack.ts';

/** What the person on call is told, and by which way. */
export class OperationsStack extends Stack {
  constructor(scope: Construct, id: string, config: StageConfig, data: DataStack, props: StackProps) {
    super(scope, id, props);
    const topic = this.alarmTopic(config);
    for (const lane of laneNames) {
      this.deadLetterAlarm(lane, config, data, topic);
      this.waitingAlarm(lane, config, data, topic);
    }
  }

  /** CloudWatch cannot publish to a topic under the AWS managed key, hence a key of our own. */
  private alarmTopic(config: StageConfig): ITopic {
    const masterKey = new Key(this, 'AlarmsKey', {
      description: 'Encrypts alarm notices.',
      enableKeyRotation: true,
      removalPolicy: config.protectData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    masterKey.grantEncryptDecrypt(new ServicePrincipal('cloudwatch.amazonaws.com'));
    const topic = new Topic(this, 'Alarms', {
      topicName: `relay-${config.stage}-alarms`,
      masterKey,
      enforceSSL: true,
    });
    topic.grantPublish(new ServicePrincipal('cloudwatch.amazonaws.com'));
    if (config.alarmEmail) topic.addSubscription(new EmailSubscription(config.alarmEmail));
    return topic;
  }

  private deadLetterAlarm(name: LaneName, config: StageConfig, data: DataStack, topic: ITopic): void {
    new RunbookAlarm(this, `dead-letters-${name}`, {
      alarmName: `relay-${config.stage}-dead-letters-${name}`,
      impact: `Messages of lane ${name} were set aside: their jobs will not run until someone acts.`,
      runbook: 'dead-letters',
      metric: data.lanes[name].deadLetterQueue.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: 'Maximum',
      }),
      threshold: 0,
      comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      topic,
    });
  }

  private waitingAlarm(name: LaneName, config: StageConfig, data: DataStack, topic: ITopic): void {
    new RunbookAlarm(this, `waiting-${name}`, {
      alarmName: `relay-${config.stage}-waiting-${name}`,
      impact: `Jobs of lane ${name} have used half of their time waiting: the next ones will expire unanswered.`,
      runbook: 'waiting',
      metric: data.lanes[name].queue.metricApproximateAgeOfOldestMessage({
        period: Duration.minutes(1),
        statistic: 'Maximum',
      }),
      threshold: config.lanes[name].patienceSeconds / 2,
      comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      topic,
    });
  }
}
