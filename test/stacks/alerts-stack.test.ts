import { Match } from 'aws-cdk-lib/assertions';
import { environment } from '../../functions/group-alerts/environment.ts';
import { readAlarmDescription } from '../../lib/pipeline/alerts/alarm-description.ts';
import { configOf, synthesize } from './synthesize.ts';

const { alerts, operations } = synthesize(configOf('production', { alarmEmail: 'oncall@example.com' }));

const alarmsOf = (template: typeof alerts) =>
  Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => ({
    name: Properties.AlarmName,
    runbook: readAlarmDescription(Properties.AlarmDescription)?.runbook ?? '',
    isSpoken: Properties.AlarmActions !== undefined,
    actions: JSON.stringify([Properties.AlarmActions, Properties.OKActions]),
    properties: Properties,
  }));

describe('the way of an alert', () => {
  it('leads from the topic of alarms to the queue, and from there to the aggregator, ten at a time and unwaited', () => {
    alerts.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'sqs',
      TopicArn: { Ref: Match.stringLikeRegexp('^Alarms') },
      Endpoint: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Queue'), 'Arn'] },
    });
    alerts.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 10,
      ScalingConfig: { MaximumConcurrency: 2 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumBatchingWindowInSeconds: Match.absent(),
    });
    alerts.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 minute)' });
  });

  it('ends in a mailbox by the topic of notices alone', () => {
    const mailed = Object.values(alerts.findResources('AWS::SNS::Subscription')).filter(
      ({ Properties }) => Properties.Protocol === 'email',
    );
    expect(mailed).toHaveLength(1);
    expect(mailed[0]?.Properties.TopicArn.Ref).toMatch(/^Notices/);
    operations.resourceCountIs('AWS::SNS::Subscription', 0);
  });

  it('can be gone: CloudWatch may use the key of both topics, and SNS needs none for the queue', () => {
    for (const topic of ['alarms', 'notices'])
      alerts.hasResourceProperties('AWS::SNS::Topic', {
        TopicName: `relay-production-${topic}`,
        KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^AlarmsKey'), 'Arn'] },
      });
    alerts.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({ Principal: { Service: 'cloudwatch.amazonaws.com' } }),
        ]),
      },
    });
    alerts.allResourcesProperties('AWS::SQS::Queue', {
      SqsManagedSseEnabled: true,
      KmsMasterKeyId: Match.absent(),
    });
  });

  it('gives the aggregator what it needs of its environment, and no right beyond', () => {
    const [{ Properties }] = Object.values(alerts.findResources('AWS::Lambda::Function')) as [
      { Properties: { Environment: { Variables: Record<string, unknown> } } },
    ];
    const variables = Object.entries(Properties.Environment.Variables).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : name.endsWith('URL') ? 'https://sqs' : 'arn:aws:sns:x',
    ]);
    expect(environment.parse(Object.fromEntries(variables))).toMatchObject({
      STAGE: 'production',
      METRICS_NAMESPACE: 'Huntaze/Production',
      GROUP_WAIT_SECONDS: 30,
      GROUP_INTERVAL_SECONDS: 300,
      REPEAT_INTERVAL_SECONDS: 14_400,
    });
    const [policy] = Object.entries(alerts.findResources('AWS::IAM::Policy'))
      .filter(([id]) => id.startsWith('groupalerts'))
      .map(([, policyOf]) => policyOf.Properties.PolicyDocument.Statement);
    const granted = policy.map(({ Action }: { Action: string | string[] }) =>
      [Action].flat().sort().join(' '),
    );
    expect(granted).toEqual([
      'logs:CreateLogStream logs:PutLogEvents',
      'dynamodb:Query dynamodb:UpdateItem',
      'sqs:SendMessage',
      'sns:Publish',
      'kms:Decrypt kms:GenerateDataKey',
      'sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage',
    ]);
    expect(JSON.stringify(policy)).not.toContain('"Resource":"*"');
  });
});

describe('alarms', () => {
  it('on the aggregator itself and on dead letters reach people directly, all others are grouped', () => {
    for (const { actions } of alarmsOf(alerts)) expect(actions).toContain('Notices');
    const spoken = alarmsOf(operations).filter(({ isSpoken }) => isSpoken);
    for (const { name, actions } of spoken) {
      const isDirect = /-dead-letters/.test(name);
      expect(actions).toContain(isDirect ? 'Notices' : 'Alarms');
      expect(actions).not.toContain(isDirect ? 'Alarms' : 'Notices');
    }
    expect(spoken.filter(({ name }) => /-dead-letters/.test(name)).length).toBeGreaterThanOrEqual(4);
  });

  it('of the aggregator are critical, and its silence is one of them', () => {
    const watched = alarmsOf(alerts);
    expect(watched.map(({ runbook }) => runbook).sort()).toEqual([
      'group-alerts-dead-letters',
      'group-alerts-errors',
      'group-alerts-heartbeat',
      'group-alerts-unreadable',
      'group-alerts-unsent',
      'group-alerts-waiting',
    ]);
    for (const { properties } of watched)
      expect(readAlarmDescription(properties.AlarmDescription)?.severity).toBe('critical');
    const heartbeat = watched.find(({ runbook }) => runbook === 'group-alerts-heartbeat')?.properties;
    expect(heartbeat).toMatchObject({
      MetricName: 'Heartbeat',
      Dimensions: [{ Name: 'service', Value: 'group-alerts' }],
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      TreatMissingData: 'breaching',
    });
  });
});
