import { RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { ComparisonOperator, type IAlarm, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import { RunbookAlarm } from '../constructs/runbook-alarm.ts';
import { RunbookCompositeAlarm } from '../constructs/runbook-composite-alarm.ts';
import type { AlarmPlan, Way } from './alarms/alarm-plan.ts';
import { alarmPlans } from './alarms/alarm-plans.ts';
import { relayDashboard } from './dashboard.ts';
import type { DataStack } from './data-stack.ts';

/** What the person on call is told, and by which way. */
export class OperationsStack extends Stack {
  constructor(scope: Construct, id: string, config: StageConfig, data: DataStack, props: StackProps) {
    super(scope, id, props);
    const topic = this.alarmTopic(config);
    const topics: Record<Way, ITopic | undefined> = { grouped: topic, direct: topic, part: undefined };
    const alarms = new Map<string, IAlarm>();
    for (const plan of alarmPlans(config, data)) {
      const alarm = this.planned(plan, `relay-${config.stage}-${plan.name}`, topics, alarms);
      alarms.set(plan.name, alarm);
    }
    relayDashboard(this, config, data, alarms);
  }

  private planned(
    plan: AlarmPlan,
    alarmName: string,
    topics: Record<Way, ITopic | undefined>,
    known: ReadonlyMap<string, IAlarm>,
  ): IAlarm {
    const topic = topics[plan.way];
    if (plan.kind === 'metric') {
      const defaults = {
        comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      };
      return new RunbookAlarm(this, plan.name, { ...defaults, ...plan, alarmName, topic }).alarm;
    }
    const rule = plan.rule((name) => {
      const part = known.get(name);
      if (part === undefined) throw new Error(`${plan.name} is made of "${name}", which is no alarm`);
      return part;
    });
    return new RunbookCompositeAlarm(this, plan.name, { ...plan, alarmName, rule, topic }).alarm;
  }

  /** CloudWatch cannot publish to a topic under the AWS managed key, hence a key of our own. */
  private alarmTopic(config: StageConfig): ITopic {
    const masterKey = new Key(this, 'AlarmsKey', {
      description: 'Encrypts alarm notices.',
      enableKeyRotation: true,
      removalPolicy: config.protectData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const topic = new Topic(this, 'Alarms', {
      topicName: `relay-${config.stage}-alarms`,
      masterKey,
      enforceSSL: true,
    });
    const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
    });
    masterKey.grantEncryptDecrypt(cloudWatch);
    topic.grantPublish(cloudWatch);
    if (config.alarmEmail) topic.addSubscription(new EmailSubscription(config.alarmEmail));
    Validations.of(topic).acknowledge({
      id: 'Serverless-SNSRedrivePolicy',
      reason:
        'The subscriber is a mailbox: SNS repeats e-mail for hours, and a queue of undelivered mail reaches nobody.',
    });
    return topic;
  }
}
