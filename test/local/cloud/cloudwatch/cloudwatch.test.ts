import { join } from 'node:path';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Duration, type Stack } from 'aws-cdk-lib';
import { Alarm, AlarmRule, AlarmState, CompositeAlarm, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime, RuntimeFamily } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import * as z from 'zod';
import { type DrivenCloud, driveCloud, withDirectory } from '../cloud-driver.ts';
import { REGION, synthesizeFixture } from '../fixture-app.ts';

process.env.CDK_VALIDATION = 'false';

/** A minute of metrics passes in 0.1 s. */
const SCALE = 600;

const record = (id: string) => ({
  messageId: id,
  body: JSON.stringify({ id }),
  attributes: { ApproximateReceiveCount: '1' },
});

/** Watched: a queue that nobody reads, a function that is invoked on schedule, and the two together. */
const extend = (stack: Stack): void => {
  const notices = new Queue(stack, 'Notices', { queueName: 'fixture-notices' });
  const topic = new Topic(stack, 'Alarms', { topicName: 'fixture-alarms' });
  topic.grantPublish(new ServicePrincipal('cloudwatch.amazonaws.com'));
  topic.addSubscription(new SqsSubscription(notices, { rawMessageDelivery: true }));
  const left = new Queue(stack, 'Left', { queueName: 'fixture-left' });
  const lambda = new LambdaFunction(stack, 'Scheduled', {
    functionName: 'fixture-scheduled',
    runtime: new Runtime('nodejs24.x', RuntimeFamily.NODEJS),
    handler: 'index.handler',
    code: Code.fromAsset(join(__dirname, '..', 'fixture-function')),
  });
  new Rule(stack, 'EveryMinute', {
    schedule: Schedule.rate(Duration.minutes(1)),
    targets: [new LambdaTarget(lambda, { event: RuleTargetInput.fromObject({ Records: [record('tick')] }) })],
  });
  new Rule(stack, 'Broken', {
    schedule: Schedule.cron({ minute: '*' }),
    targets: [new LambdaTarget(lambda)],
  });
  const settings = { evaluationPeriods: 1 };
  const minutely = { period: Duration.minutes(1) };
  const waiting = new Alarm(stack, 'Waiting', {
    ...settings,
    alarmName: 'waiting',
    metric: left.metricApproximateAgeOfOldestMessage({ ...minutely, statistic: 'Maximum' }),
    threshold: 60,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  const errors = new Alarm(stack, 'Errors', {
    ...settings,
    alarmName: 'errors',
    metric: lambda.metricErrors(minutely),
    threshold: 1,
  });
  const both = new CompositeAlarm(stack, 'Both', {
    compositeAlarmName: 'both',
    alarmRule: AlarmRule.allOf(
      AlarmRule.fromAlarm(waiting, AlarmState.ALARM),
      AlarmRule.fromAlarm(errors, AlarmState.ALARM),
    ),
  });
  for (const alarm of [waiting, both]) {
    alarm.addAlarmAction(new SnsAction(topic));
    alarm.addOkAction(new SnsAction(topic));
  }
};

const message = z.looseObject({
  AlarmName: z.string(),
  OldStateValue: z.string(),
  NewStateValue: z.string(),
});

/** Every state change that CloudWatch tells of, in turn. */
const changesOf = ({ queueUrls }: DrivenCloud, sqs: SQSClient) => {
  const QueueUrl = queueUrls['fixture-notices'];
  return async (): Promise<z.infer<typeof message>> => {
    const { Messages: [received] = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 1, WaitTimeSeconds: 15 }),
    );
    return message.parse(JSON.parse(received?.Body ?? 'null'));
  };
};

it('evaluates declared alarms on what queues and functions show, and invokes functions on schedule', async () => {
  await withDirectory(async (dir) => {
    const assemblyDir = synthesizeFixture(dir, { extend });
    const cloud = await driveCloud({ assemblyDir, alarmTimeScale: SCALE });
    const credentials = { accessKeyId: 'outside', secretAccessKey: 'outside' };
    const sqs = new SQSClient({ region: REGION, endpoint: cloud.endpoints.aws, credentials });
    const next = changesOf(cloud, sqs);
    const first = [await next(), await next()];
    expect(first.map(({ AlarmName, NewStateValue }) => `${AlarmName} ${NewStateValue}`).sort()).toEqual([
      'both OK',
      'waiting OK',
    ]);
    await cloud.seen(({ said }) => [said?.began].flat().includes('tick'));
    await cloud.seen(({ line }) => typeof line === 'string' && line.includes('Invoke Error'));
    await sqs.send(
      new SendMessageCommand({ QueueUrl: cloud.queueUrls['fixture-left'], MessageBody: 'left' }),
    );
    const changes = [await next(), await next()];
    expect(changes.map(({ AlarmName }) => AlarmName)).toEqual(['waiting', 'both']);
    expect(changes[0]).toMatchObject({
      OldStateValue: 'OK',
      NewStateValue: 'ALARM',
      Region: REGION,
      Trigger: { MetricName: 'ApproximateAgeOfOldestMessage', Statistic: 'MAXIMUM', Threshold: 60 },
    });
    const answer: unknown = await (await fetch(`${cloud.endpoints.control}/control/alarms`)).json();
    expect(answer).toMatchObject({
      alarms: expect.arrayContaining([expect.objectContaining({ name: 'waiting', state: 'ALARM' })]),
    });
    sqs.destroy();
    await cloud.stop('SIGTERM');
  });
});
