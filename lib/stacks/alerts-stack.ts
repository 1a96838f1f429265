import { Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { environment } from '../../functions/group-alerts/environment.ts';
import { metricsNamespace, type StageConfig } from '../config.ts';
import { publishesTo, sendsTo, sharesRecordsIn } from '../constructs/binding.ts';
import { JobFunction } from '../constructs/job-function.ts';
import { RunbookAlarm, type RunbookAlarmProps } from '../constructs/runbook-alarm.ts';
import { doorMetric } from '../pipeline/metric.ts';
import { metricOfDoor, metricOfWaiting, oneMinute } from './alarms/relay-metrics.ts';

type AlertsProps = StackProps & { bundlesDir: string };

/** A sweep of all groups and a batch of ten take a second or two. In seconds. */
const TIMEOUT_SECONDS = 30;

/** A queue's visibility is six times its function's timeout (Lambda developer guide, "Using Lambda with Amazon SQS"). */
const VISIBILITY_FACTOR = 6;

/** How alerts become notices: alarms -> queue -> group-alerts -> notices, and what watches over that. */
export class AlertsStack extends Stack {
  /** Alarms that are grouped before a person hears of them. */
  readonly alarms: Topic;
  /** What reaches people. */
  readonly notices: Topic;
  readonly queue: Queue;
  /** Groups and silences. */
  readonly table: TableV2;

  constructor(scope: Construct, id: string, config: StageConfig, props: AlertsProps) {
    super(scope, id, props);
    const key = this.topicKey(config);
    this.alarms = this.topic('Alarms', `relay-${config.stage}-alarms`, key);
    this.notices = this.topic('Notices', `relay-${config.stage}-notices`, key);
    this.table = this.groupsTable(config);
    const deadLetters = this.deadLetterQueue(config);
    this.queue = this.alertsQueue(config, deadLetters);
    this.alarms.addSubscription(new SqsSubscription(this.queue, { deadLetterQueue: deadLetters }));
    if (config.alarmEmail) this.notices.addSubscription(new EmailSubscription(config.alarmEmail));
    Validations.of(this.notices).acknowledge({
      id: 'Serverless-SNSRedrivePolicy',
      reason:
        'The subscriber is a mailbox: SNS repeats e-mail for hours, and a queue of undelivered mail reaches nobody.',
    });
    const aggregator = this.groupAlerts(config, { table: this.table, deadLetters, key }, props.bundlesDir);
    for (const watch of watches(config, { queue: this.queue, deadLetters, aggregator }))
      new RunbookAlarm(this, watch.runbook, {
        ...watch,
        severity: 'critical',
        alarmName: `relay-${config.stage}-${watch.runbook}`,
        topic: this.notices,
      });
  }

  /** CloudWatch cannot publish to a topic under the AWS managed key, hence a key of our own. */
  private topicKey(config: StageConfig): Key {
    const key = new Key(this, 'AlarmsKey', {
      description: 'Encrypts alarms and notices.',
      enableKeyRotation: true,
      removalPolicy: config.protectData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    // What CloudWatch asks for to publish to an encrypted topic (SNS Developer Guide, "Key management").
    key.grant(this.cloudWatch(), 'kms:Decrypt', 'kms:GenerateDataKey');
    return key;
  }

  private topic(id: string, topicName: string, masterKey: Key): Topic {
    const topic = new Topic(this, id, { topicName, masterKey, enforceSSL: true });
    // The topic's own grant would add rights of the key that CloudWatch has already.
    topic.addToResourcePolicy(
      new PolicyStatement({
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        principals: [this.cloudWatch()],
      }),
    );
    return topic;
  }

  private cloudWatch(): ServicePrincipal {
    return new ServicePrincipal('cloudwatch.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
    });
  }

  private deadLetterQueue({ stage, queue }: StageConfig): Queue {
    const deadLetters = new Queue(this, 'DeadLetters', {
      ...encrypted,
      queueName: `relay-${stage}-alerts-dlq`,
      retentionPeriod: Duration.days(queue.deadLetterRetentionDays),
    });
    Validations.of(deadLetters).acknowledge({
      id: 'Serverless-SQSRedrivePolicy',
      reason: 'This is the dead-letter queue itself; the rule does not look for that.',
    });
    return deadLetters;
  }

  private alertsQueue({ stage, queue }: StageConfig, deadLetters: Queue): Queue {
    return new Queue(this, 'Queue', {
      ...encrypted,
      queueName: `relay-${stage}-alerts`,
      visibilityTimeout: Duration.seconds(TIMEOUT_SECONDS * VISIBILITY_FACTOR),
      retentionPeriod: Duration.days(queue.retentionDays),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: queue.maxReceives },
    });
  }

  /** Groups, which alarms would fill again, and silences, which people write: nothing to recover to a point in time. */
  private groupsTable({ stage }: StageConfig): TableV2 {
    return new TableV2(this, 'Groups', {
      tableName: `relay-${stage}-alerts`,
      partitionKey: { name: 'family', type: AttributeType.STRING },
      sortKey: { name: 'name', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      timeToLiveAttribute: 'expiresAt',
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  private groupAlerts(config: StageConfig, parts: Parts, bundlesDir: string): LambdaFunction {
    const aggregator = new JobFunction(this, 'group-alerts', {
      functionName: `relay-${config.stage}-group-alerts`,
      bundleDir: `${bundlesDir}/group-alerts`,
      schema: environment,
      environment: {
        STAGE: config.stage,
        ALERTS_TABLE: sharesRecordsIn(parts.table),
        ALERTS_QUEUE_URL: sendsTo(this.queue),
        DEAD_LETTER_QUEUE_URL: sendsTo(parts.deadLetters),
        NOTICES_TOPIC: publishesTo(this.notices, parts.key),
        METRICS_NAMESPACE: metricsNamespace(config.stage),
        GROUP_WAIT_SECONDS: String(config.alerts.groupWaitSeconds),
        GROUP_INTERVAL_SECONDS: String(config.alerts.groupIntervalSeconds),
        REPEAT_INTERVAL_SECONDS: String(config.alerts.repeatIntervalSeconds),
      },
      memoryMb: config.worker.memoryMb,
      timeoutSeconds: TIMEOUT_SECONDS,
      logRetentionDays: config.logRetentionDays,
      logLevel: config.worker.logLevel,
    });
    // No window: it would hold back a first critical alert. Two at a time is the least that a mapping takes.
    aggregator.takesFrom(this.queue, { batchSize: 10, maxConcurrency: 2, reportBatchItemFailures: true });
    const schedule = new Rule(this, 'group-alerts-schedule', {
      description: 'Lets group-alerts look at groups whose note to itself was lost, and show that it lives.',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaTarget(aggregator.lambda, { retryAttempts: 0 })],
    });
    Validations.of(schedule).acknowledge({
      id: 'Serverless-EventBusDLQ',
      reason:
        'A lost minute is made good by the next one; many of them are the alarm group-alerts-heartbeat.',
    });
    return aggregator.lambda;
  }
}

type Parts = { table: TableV2; deadLetters: Queue; key: Key };

/** Under SQS's own key: SNS could not send to a queue under the AWS managed key of KMS. */
const encrypted = {
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  removalPolicy: RemovalPolicy.DESTROY,
};

type Watched = { queue: Queue; deadLetters: Queue; aggregator: LambdaFunction };
type Watch = Omit<RunbookAlarmProps, 'alarmName' | 'severity' | 'topic'>;

/** What watches over the aggregator. It speaks to people directly: the aggregator cannot report its own death. */
const watches = ({ stage }: StageConfig, { queue, deadLetters, aggregator }: Watched): readonly Watch[] => [
  {
    ...any,
    runbook: 'group-alerts-errors',
    impact: 'The aggregator of alerts fails: alerts wait, and people may hear of nothing.',
    metric: aggregator.metricErrors(summed),
    evaluationPeriods: 5,
    datapointsToAlarm: 3,
  },
  {
    ...any,
    runbook: 'group-alerts-dead-letters',
    impact: 'Alerts were set aside: nobody will hear of them until someone reads them.',
    metric: deadLetters.metricApproximateNumberOfMessagesVisible({
      period: oneMinute,
      statistic: 'Maximum',
    }),
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
  },
  {
    ...any,
    runbook: 'group-alerts-waiting',
    impact: 'Alerts have waited for minutes to be grouped: people hear of trouble too late, or of none.',
    metric: metricOfWaiting('Alerts that wait', queue),
    evaluationPeriods: WAITING_MINUTES,
    datapointsToAlarm: WAITING_MINUTES,
  },
  {
    ...any,
    runbook: 'group-alerts-unsent',
    impact: 'Notices cannot be published: alerts are grouped, and nobody hears of them.',
    metric: metricOfDoor(stage, doorMetric.noticesUnsent, summed),
    // one that a later look brings out wakes nobody
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
  },
  {
    ...any,
    runbook: 'group-alerts-unreadable',
    impact: 'The record of a group of alerts cannot be read: what fires in it is told to nobody.',
    metric: metricOfDoor(stage, doorMetric.groupsUnreadable, summed),
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
  },
  {
    runbook: 'group-alerts-heartbeat',
    impact: 'The aggregator of alerts has not run for five minutes: silence means nothing now.',
    metric: metricOfDoor(stage, doorMetric.heartbeat, summed),
    threshold: 1,
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: 5,
    datapointsToAlarm: 5,
    treatMissingData: TreatMissingData.BREACHING,
  },
];

const summed = { period: oneMinute, statistic: 'Sum' };

/** Longer than a message of an invocation that died stays hidden, so that one death wakes nobody. */
const WAITING_MINUTES = (2 * TIMEOUT_SECONDS * VISIBILITY_FACTOR) / 60;

/** More than none, and no data is good news. */
const any = {
  threshold: 0,
  comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
  treatMissingData: TreatMissingData.NOT_BREACHING,
};
