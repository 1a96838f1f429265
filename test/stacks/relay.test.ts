import { readFileSync } from 'node:fs';
import { Match } from 'aws-cdk-lib/assertions';
import { stageNames } from '../../lib/config.ts';
import { defaultCatalogue } from '../../lib/pipeline/default-catalogue.ts';
import { laneNames } from '../../lib/pipeline/lane.ts';
import { providerKeysSecret } from '../../lib/runtime/provider-keys.ts';
import { configOf, synthesize } from './synthesize.ts';

const production = synthesize(configOf('production'));

describe('the lanes of a deployment', () => {
  // mission row 1, plus the parallelism that keeps a lower lane from holding more calls than a higher one needs
  it.each([
    ['critical', { concurrency: 10, batchSize: 1, parallelism: '1' }],
    ['high', { concurrency: 8, batchSize: 2, parallelism: '2' }],
    ['medium', { concurrency: 5, batchSize: 5, parallelism: '2' }],
    ['low', { concurrency: 3, batchSize: 10, parallelism: '3' }],
  ])('give %s its own queue, dead-letter queue, worker and numbers', (lane, expected) => {
    production.data.hasResourceProperties('AWS::SQS::Queue', {
      QueueName: `relay-production-${lane}`,
      ReceiveMessageWaitTimeSeconds: 10,
      MessageRetentionPeriod: 345_600,
      VisibilityTimeout: 180,
      SqsManagedSseEnabled: true,
      RedrivePolicy: { maxReceiveCount: 200 },
    });
    production.data.hasResourceProperties('AWS::SQS::Queue', {
      QueueName: `relay-production-${lane}-dlq`,
      MessageRetentionPeriod: 1_209_600,
      SqsManagedSseEnabled: true,
    });
    production.pipeline.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: expected.batchSize,
      ScalingConfig: { MaximumConcurrency: expected.concurrency },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      EventSourceArn: Match.objectLike({
        'Fn::GetStackOutput': Match.objectLike({ OutputName: Match.stringLikeRegexp(`lane${lane}Queue`) }),
      }),
    });
    production.pipeline.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: `relay-production-process-job-${lane}`,
      ReservedConcurrentExecutions: expected.concurrency,
      Environment: { Variables: Match.objectLike({ LANE: lane, PARALLELISM: expected.parallelism }) },
    });
  });

  it('refuse whatever does not come over TLS', () => {
    production.data.resourceCountIs('AWS::SQS::QueuePolicy', 8);
    production.data.allResourcesProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ],
      },
    });
  });
});

describe('the workers of a deployment', () => {
  it('run Node 24 on arm64 with a log group that ends', () => {
    production.pipeline.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 256,
      Timeout: 150,
      LoggingConfig: Match.objectLike({ LogFormat: 'JSON' }),
    });
    production.pipeline.resourceCountIs('AWS::Logs::LogGroup', 4);
    production.pipeline.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  it('hold no key: only the name of the secret is in their environment', () => {
    const variables = Object.values(production.pipeline.findResources('AWS::Lambda::Function')).flatMap(
      ({ Properties }) => Object.keys(Properties.Environment.Variables),
    );
    expect(variables.filter((name) => /key|token|password/i.test(name))).toEqual(
      Array.from({ length: 4 }, () => 'PROVIDER_KEYS_SECRET'),
    );
  });

  it.each(laneNames)('may do what they are bound to and nothing else, in lane %s', (lane) => {
    const [policy] = Object.entries(production.pipeline.findResources('AWS::IAM::Policy'))
      .filter(([id]) => id.startsWith(`processjob${lane}`))
      .map(([, { Properties }]) => Properties.PolicyDocument.Statement);
    const granted = policy.map(({ Action, Resource }: { Action: string | string[]; Resource: unknown }) => [
      [Action].flat().sort().join(' '),
      /lane[a-z]+Queue|lane[a-z]+DeadLetters|Jobs|ProviderKeys|processjob[a-z]+Logs/.exec(
        JSON.stringify(Resource),
      )?.[0],
    ]);
    expect(granted).toEqual([
      ['logs:CreateLogStream logs:PutLogEvents', `processjob${lane}Logs`],
      [
        'sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ReceiveMessage',
        `lane${lane}Queue`,
      ],
      ['sqs:SendMessage', `lane${lane}DeadLetters`],
      ['dynamodb:UpdateItem', 'Jobs'],
      ['secretsmanager:GetSecretValue', 'ProviderKeys'],
    ]);
    expect(JSON.stringify(policy)).not.toContain('"Resource":"*"');
  });

  it('can read the secret as it is generated, before anyone has put a key into it', () => {
    const [{ Properties }] = Object.values(production.data.findResources('AWS::SecretsManager::Secret')) as [
      { Properties: { GenerateSecretString: { SecretStringTemplate: string; GenerateStringKey: string } } },
    ];
    const { SecretStringTemplate, GenerateStringKey } = Properties.GenerateSecretString;
    const generated = { ...JSON.parse(SecretStringTemplate), [GenerateStringKey]: 'x8(fR2' };
    expect(providerKeysSecret.parse(generated)).toEqual({ openai: '', 'azure-openai': '', anthropic: '' });
  });
});

describe('what would be lost', () => {
  it('stays when its stack goes, in staging and production', () => {
    for (const stage of ['staging', 'production']) {
      const { data } = synthesize(configOf(stage));
      for (const type of ['AWS::SQS::Queue', 'AWS::DynamoDB::GlobalTable', 'AWS::SecretsManager::Secret']) {
        data.allResources(type, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
      }
      data.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
        Replicas: [
          Match.objectLike({
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 },
          }),
        ],
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      });
    }
  });

  it('keeps its logical ids: a changed one would be a new, empty table or queue', () => {
    const ids = Object.entries(production.data.toJSON().Resources)
      .filter(([, resource]) => /Queue$|GlobalTable$|Secret$/.test((resource as { Type: string }).Type))
      .map(([id]) => id);
    expect(ids).toEqual([
      'lanecriticalDeadLetters196404E2',
      'lanecriticalQueue828AB7C5',
      'lanehighDeadLetters4CD42430',
      'lanehighQueueBCCA51E7',
      'lanemediumDeadLetters4BB5287B',
      'lanemediumQueue8EF03A93',
      'lanelowDeadLetters33B6BC3F',
      'lanelowQueue41C4F964',
      'JobsDF1CC2D4',
      'ProviderKeys2563E0B5',
    ]);
  });

  it('can be thrown away in dev', () => {
    synthesize(configOf('dev')).data.allResources('AWS::SQS::Queue', { DeletionPolicy: 'Delete' });
  });
});

describe('every alarm', () => {
  const runbook = readFileSync('docs/runbook.md', 'utf8');
  const headings = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading]) =>
    heading?.toLowerCase().replaceAll(' ', '-'),
  );
  const alarms = Object.values(production.operations.findResources('AWS::CloudWatch::Alarm'));

  it('says what it means, names a heading of the runbook, and speaks when it fires and when it ends', () => {
    expect(alarms).toHaveLength(11);
    for (const { Properties } of alarms) {
      const [, impact = '', heading] =
        /^(.+) Runbook: docs\/runbook\.md#(.+)$/.exec(Properties.AlarmDescription) ?? [];
      expect(impact.length).toBeGreaterThan(30);
      expect(headings).toContain(heading);
      expect(Properties.AlarmName).toMatch(new RegExp(`^relay-production-${heading}`));
      expect(Properties.AlarmActions).toHaveLength(1);
      expect(Properties.OKActions).toHaveLength(1);
    }
  });

  it('has its heading in the runbook, and no heading is without an alarm', () => {
    const named = alarms.map(({ Properties }) => Properties.AlarmDescription.split('#')[1]);
    expect([...new Set(named)].sort()).toEqual([...headings].sort());
  });
});

describe('the choice of a stage', () => {
  it('has no default, and an unknown one is told what there is', () => {
    expect(() => configOf('prod')).toThrow('stage: choose one with -c stage=<dev|staging|production|local>');
  });

  it('takes an address for alarms, and refuses what is none', () => {
    const { operations } = synthesize(configOf('dev', { alarmEmail: 'oncall@example.com' }));
    operations.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'oncall@example.com',
    });
    expect(() => configOf('dev', { alarmEmail: 'nobody' })).toThrow('alarmEmail: give an address');
  });

  it.each(stageNames)('synthesizes %s', (stage) => {
    expect(
      synthesize(configOf(stage)).pipeline.findResources('AWS::Lambda::EventSourceMapping'),
    ).toBeDefined();
  });
});

describe('numbers that contradict each other stop the synth', () => {
  const config = configOf('production');
  it.each([
    [
      'a function timeout that the longest chain does not fit into',
      { ...config, worker: { ...config.worker, timeoutSeconds: 100 } },
      /the chain of gpt-5 may take 136100 ms, but a function timeout of 100 s/,
    ],
    [
      'a visibility timeout that ends before the work',
      { ...config, worker: { ...config.worker, visibilityMarginSeconds: -5 } },
      /a visibility timeout of 165 s must exceed the batching window of 0 s \+ 20 s \+ the function timeout of 150 s/,
    ],
    [
      'a dead-letter queue that forgets before the lane does',
      { ...config, queue: { ...config.queue, deadLetterRetentionDays: 4 } },
      /a dead-letter retention of 345600 s must exceed the lane's retention of 345600 s/,
    ],
    [
      'a parallelism that no batch can have',
      { ...config, lanes: { ...config.lanes, critical: { ...config.lanes.critical, parallelism: 4 } } },
      /Lane critical: a parallelism of 4 in a batch of 1 is impossible/,
    ],
  ])('%s', (_case, broken, sentence) => {
    expect(() => synthesize(broken)).toThrow(sentence);
  });

  it('a model that is slower than the lattice has room for', () => {
    const slow = { ...defaultCatalogue, claude: { ...defaultCatalogue.claude, timeoutMs: 60_000 } };
    expect(() => synthesize(config, slow)).toThrow('the chain of gpt-5 may take 181100 ms');
  });
});
