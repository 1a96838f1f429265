import { Match } from 'aws-cdk-lib/assertions';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { environment } from '../../functions/process-job/environment.ts';
import { ConfigurationError, type StageName, stageNames } from '../../lib/config.ts';
import { configFor } from '../../lib/configure.ts';
import type { Quota } from '../../lib/pipeline/fleet/quota.ts';
import { type LaneName, laneNames } from '../../lib/pipeline/job/lane.ts';
import { defaultCatalogue } from '../../lib/pipeline/model/default-catalogue.ts';
import type { ServiceTier } from '../../lib/pipeline/model/model.ts';
import { adminKeysSecret } from '../../lib/runtime/admin-keys.ts';
import { providerKeysSecret } from '../../lib/runtime/provider-keys.ts';
import { canaryAlarms } from '../../lib/stacks/pipeline-stack.ts';
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
    production.data.resourceCountIs('AWS::SQS::QueuePolicy', 12);
    production.data.allResourcesProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    });
  });
});

/** A queue's URL or a secret's ARN, whichever the template leaves open. */
const LONGEST_NAME_BYTES = 150;

const isText = (given: unknown): given is string => typeof given === 'string';

/** The ends of resources' logical ids, and what follows them in an ARN. */
const resourcesIn = (arns: string): string => {
  const names = arns.matchAll(
    /ledgerrepairQueue|webhooks[A-Z][a-z]+(?:Letters)?|Webhooks|relay-production-alerts|lane[a-z]+Queue|lane[a-z]+DeadLetters|Jobs|Fleet|Ledger|Totals|ProviderKeys|AdminKeys|Results|SubjectKeys|ContentKey|[a-z]+Logs/g,
  );
  const [part = ''] = /\/index\/[^"]+/.exec(arns) ?? [];
  return `${[...new Set([...names].map(([name]) => name))].join(' ')}${part}`;
};

describe('the way of workers to a new version', () => {
  const groups = (stage: string, context: Record<string, string> = {}) =>
    Object.values(
      synthesize(configOf(stage, context)).pipeline.findResources('AWS::CodeDeploy::DeploymentGroup'),
    );

  it('is a canary for each lane, which alarms that there are take back', () => {
    const known = Object.values(production.operations.findResources('AWS::CloudWatch::Alarm')).map(
      ({ Properties }) => Properties.AlarmName,
    );
    const canaries = groups('production');
    expect(canaries).toHaveLength(laneNames.length);
    for (const { Properties } of canaries) {
      expect(Properties).toMatchObject({
        DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent10Minutes',
        AutoRollbackConfiguration: {
          Enabled: true,
          Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM'],
        },
        AlarmConfiguration: { Enabled: true },
      });
      const watched = Properties.AlarmConfiguration.Alarms.map(({ Name }: { Name: string }) => Name);
      expect(watched.length).toBe(canaryAlarms.length);
      for (const name of watched) expect(known).toContain(name);
    }
  });

  it.each(['production', 'dev', 'local'])(
    'leads through the alias that the queue is mapped to, in %s',
    (stage) => {
      const { pipeline } = synthesize(configOf(stage));
      pipeline.resourceCountIs('AWS::Lambda::Alias', laneNames.length);
      for (const { Properties } of Object.values(pipeline.findResources('AWS::Lambda::EventSourceMapping')))
        expect(JSON.stringify(Properties.FunctionName)).toMatch(/Aliaslive.+":live"/);
    },
  );

  it('is at once where nobody waits for ten minutes, and where a person says so', () => {
    expect(groups('dev')).toEqual([]);
    expect(groups('local')).toEqual([]);
    expect(groups('production', { shift: 'at-once' })).toEqual([]);
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
    const named = new Set(variables.filter((name) => /key|token|password/i.test(name)));
    expect([...named].sort()).toEqual(['CONTENT_KEY', 'PROVIDER_KEYS_SECRET', 'SUBJECT_KEYS_TABLE']);
  });

  it.each<[LaneName, 'at-once' | 'at-deadline', ServiceTier]>([
    ['critical', 'at-once', 'priority'],
    ['high', 'at-once', 'default'],
    ['medium', 'at-deadline', 'default'],
    ['low', 'at-deadline', 'flex'],
  ])('read from their environment what the stage says, in lane %s', (lane, lastRungs, tier) => {
    const config = configOf('production');
    const [variables] = Object.values(production.pipeline.findResources('AWS::Lambda::Function'))
      .map(({ Properties }) => Properties.Environment.Variables)
      .filter(({ LANE }) => LANE === lane);
    // names of resources are references in a template
    const resourceOf = (name: string) =>
      /_TOPIC$|_KEY$/.test(name) ? 'arn:aws:x' : 'https://resource.example';
    const texts = Object.entries(variables).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : resourceOf(name),
    ]);
    expect(environment.parse(Object.fromEntries(texts))).toMatchObject({
      LAST_RUNGS: lastRungs,
      SERVICE_TIER: tier,
      USER_STARTS_PER_MINUTE: 10,
      ANSWER_FRESH_SECONDS: 3_600,
      DEFAULT_ANSWER: config.defaultAnswer,
      DEMANDS: { consentRef: config.requireConsent, disclosed: config.requireDisclosure },
      QUOTAS: config.quotas,
      BUDGETS: config.budgets,
    });
  });

  it('have room in their environment: Lambda takes 4 KB for all variables together', () => {
    for (const { Properties } of Object.values(production.pipeline.findResources('AWS::Lambda::Function'))) {
      const texts = Object.entries(Properties.Environment.Variables).flat().filter(isText);
      const references = Object.keys(Properties.Environment.Variables).length * 2 - texts.length;
      expect(Buffer.byteLength(texts.join('')) + references * LONGEST_NAME_BYTES).toBeLessThan(4_096);
    }
  });

  it.each(laneNames)('may do what they are bound to and nothing else, in lane %s', (lane) => {
    const [policy] = Object.entries(production.pipeline.findResources('AWS::IAM::Policy'))
      .filter(([id]) => id.startsWith(`processjob${lane}`))
      .map(([, { Properties }]) => Properties.PolicyDocument.Statement);
    const granted = policy.map(({ Action, Resource }: { Action: string | string[]; Resource: unknown }) => [
      [Action].flat().sort().join(' '),
      resourcesIn(JSON.stringify(Resource)),
    ]);
    expect(granted).toEqual([
      ['logs:CreateLogStream logs:PutLogEvents', `processjob${lane}Logs`],
      [
        'sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage',
        `lane${lane}Queue`,
      ],
      ['sqs:SendMessage', `relay-production-alerts lane${lane}DeadLetters ledgerrepairQueue`],
      ['dynamodb:GetItem dynamodb:UpdateItem', 'Jobs'],
      ['dynamodb:Query', 'Totals Jobs/index/answers'],
      ['dynamodb:BatchGetItem', 'SubjectKeys'],
      ['dynamodb:UpdateItem', 'SubjectKeys'],
      ['kms:Decrypt kms:GenerateDataKey', 'ContentKey'],
      ['dynamodb:Query dynamodb:UpdateItem', 'Fleet'],
      ['dynamodb:BatchWriteItem', 'Ledger'],
      ['dynamodb:BatchWriteItem', 'Totals'],
      ['sns:Publish', 'Results'],
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

describe('keys of subjects', () => {
  it('are made and used by those who handle jobs, who cannot delete one, nor touch what marks it as erased', () => {
    const statements = [production.pipeline, production.api].flatMap((template) =>
      Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
        ({ Properties }): object[] => Properties.PolicyDocument.Statement,
      ),
    );
    const onKeys = statements.filter((statement) => JSON.stringify(statement).includes('SubjectKeys'));
    expect(onKeys.map((statement) => JSON.stringify(statement))).not.toEqual([]);
    const attributes = ['name', 'wrappedKey', 'expiresAt', 'version'];
    for (const statement of onKeys)
      expect([
        { Action: 'dynamodb:BatchGetItem' },
        {
          Action: 'dynamodb:UpdateItem',
          Condition: { 'ForAllValues:StringEquals': { 'dynamodb:Attributes': attributes } },
        },
      ]).toContainEqual(
        Object.fromEntries(
          Object.entries(statement).filter(([name]) => name === 'Action' || name === 'Condition'),
        ),
      );
  });
});

describe('the HTTP API', () => {
  it('reads totals and groups of alerts, and puts and gets privacy requests, and does nothing else to them', () => {
    const statements = Object.values(production.api.findResources('AWS::IAM::Policy')).flatMap(
      ({ Properties }): { Action: string | string[]; Resource: unknown }[] =>
        Properties.PolicyDocument.Statement,
    );
    const actionsOn = (resource: string) =>
      statements
        .filter(({ Resource }) => JSON.stringify(Resource).includes(resource))
        .flatMap(({ Action }) => Action);
    expect(actionsOn('Totals')).toEqual(['dynamodb:Query']);
    expect(actionsOn('Groups')).toEqual(['dynamodb:Query']);
    expect(actionsOn('Privacy')).toEqual(['dynamodb:GetItem', 'dynamodb:PutItem']);
  });
});

describe('the functions that keep the accounts', () => {
  it('can read the secret of admin keys as it is generated, which nobody else may read', () => {
    const [generated] = Object.values(production.data.findResources('AWS::SecretsManager::Secret'))
      .filter(({ Properties }) => Properties.Name === 'relay/production/admin-keys')
      .map(({ Properties }) => Properties.GenerateSecretString.SecretStringTemplate);
    expect(adminKeysSecret.parse(JSON.parse(generated))).toEqual({ openai: '', anthropic: '' });
    const readers = Object.values(synthesize(configOf('production'))).flatMap((template) =>
      Object.entries(template.findResources('AWS::IAM::Policy')).filter(([, { Properties }]) =>
        resourcesIn(JSON.stringify(Properties.PolicyDocument)).includes('AdminKeys'),
      ),
    );
    expect(readers.map(([id]) => id.slice(0, 'reconcilecosts'.length))).toEqual(['reconcilecosts']);
  });

  it.each([
    [
      'repair-ledger',
      30,
      [
        ['dynamodb:BatchWriteItem', 'Ledger'],
        ['dynamodb:BatchWriteItem', 'Totals'],
      ],
    ],
    [
      'total-costs',
      120,
      [
        ['dynamodb:Query', 'Ledger'],
        ['dynamodb:BatchWriteItem dynamodb:DeleteItem dynamodb:Query', 'Totals'],
        ['dynamodb:Query dynamodb:UpdateItem', 'Fleet'],
      ],
    ],
    [
      'reconcile-costs',
      600,
      [
        ['dynamodb:BatchWriteItem dynamodb:Query', 'Ledger'],
        ['dynamodb:BatchWriteItem', 'Totals'],
        ['secretsmanager:GetSecretValue', 'AdminKeys'],
      ],
    ],
  ])('have a time limit and the rights that they need: %s', (door, timeoutSeconds, rights) => {
    production.accounting.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: `relay-production-${door}`,
      Timeout: timeoutSeconds,
    });
    const granted = Object.entries(production.accounting.findResources('AWS::IAM::Policy'))
      .filter(([id]) => id.startsWith(door.replace('-', '')))
      .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
      .map(({ Action, Resource }) => [[Action].flat().join(' '), resourcesIn(JSON.stringify(Resource))])
      .filter(([action]) => !/^(logs|sqs):/.test(action ?? ''));
    expect(granted).toEqual(rights);
  });

  it('leave totals to the one that folds them: all others mark hours and write nothing else beside the ledger', () => {
    const writers = [production.pipeline, production.accounting].flatMap((template) =>
      Object.entries(template.findResources('AWS::IAM::Policy')).flatMap(([id, { Properties }]) =>
        Properties.PolicyDocument.Statement.filter(
          ({ Action, Resource }: { Action: string | string[]; Resource: unknown }) =>
            [Action].flat().some((action) => /^dynamodb:(?!Query)/.test(action)) &&
            resourcesIn(JSON.stringify(Resource)).includes('Totals'),
        ).map(({ Condition }: { Condition?: unknown }) => [id.slice(0, 'totalcosts'.length), Condition]),
      ),
    );
    const marksAlone = { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['late'] } };
    expect(writers).toHaveLength(laneNames.length + 3);
    expect(writers.filter(([, condition]) => condition === undefined)).toEqual([['totalcosts', undefined]]);
    for (const [, condition] of writers) expect([undefined, marksAlone]).toContainEqual(condition);
  });

  it('reach budgets alone of what the fleet shares', () => {
    production.accounting.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: ['dynamodb:Query', 'dynamodb:UpdateItem'],
            Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['budget#*'] } },
          }),
        ]),
      },
    });
  });

  it('are called by the clock, or by what waits to be repaired', () => {
    const rules = Object.values(production.accounting.findResources('AWS::Events::Rule')).map(
      ({ Properties }) => [Properties.Name, Properties.ScheduleExpression],
    );
    expect(rules).toEqual([
      ['relay-production-total-costs', 'rate(5 minutes)'],
      ['relay-production-reconcile-costs', 'cron(17 5 * * ? *)'],
    ]);
    production.accounting.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 1,
      ScalingConfig: { MaximumConcurrency: 2 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  it("hold the ledger against OpenAI's and Anthropic's accounts when deployed, and against the model server's here", () => {
    const accountsIn = (config: ReturnType<typeof configOf>) => {
      const functions = Object.values(synthesize(config).accounting.findResources('AWS::Lambda::Function'));
      return functions.flatMap(({ Properties }) => Properties.Environment.Variables.ACCOUNTS ?? []);
    };
    expect(accountsIn(configOf('production'))).toEqual([
      JSON.stringify([
        { kind: 'openai-usage', url: 'https://eu.api.openai.com/v1', providers: ['openai'] },
        { kind: 'anthropic-usage', url: 'https://api.anthropic.com', providers: ['anthropic'] },
      ]),
    ]);
    const callRecords = 'http://127.0.0.1:4010';
    const providers = { openai: 'https://api.openai.com/v1', anthropic: callRecords };
    const local = configOf('local', { callRecords, providers: JSON.stringify(providers) });
    expect(accountsIn(local)).toEqual([
      JSON.stringify([{ kind: 'calls', url: callRecords, providers: ['anthropic'] }]),
    ]);
  });
});

describe('the function that sends webhooks', () => {
  it('has a time limit, the rights that it needs, and batches that one slow endpoint does not fill', () => {
    production.webhooks.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'relay-production-send-webhooks',
      Timeout: 30,
      Environment: { Variables: Match.objectLike({ TO_THIS_MACHINE: 'false' }) },
    });
    const [policy] = Object.values(production.webhooks.findResources('AWS::IAM::Policy'));
    const granted = policy?.Properties.PolicyDocument.Statement.map(
      ({ Action, Resource }: { Action: string | string[]; Resource: unknown }) => [
        [Action].flat().sort().join(' '),
        resourcesIn(JSON.stringify(Resource)),
      ],
    );
    expect(granted).toEqual([
      ['logs:CreateLogStream logs:PutLogEvents', 'sendwebhooksLogs'],
      [
        'sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage',
        'webhooksQueue',
      ],
      ['sqs:SendMessage', 'webhooksDeadLetters'],
      ['dynamodb:Query dynamodb:UpdateItem', 'Fleet'],
      ['secretsmanager:GetSecretValue', 'Webhooks'],
    ]);
    expect(JSON.stringify(policy)).toContain('{"dynamodb:LeadingKeys":["webhook"]}');
    production.webhooks.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 10,
      ScalingConfig: { MaximumConcurrency: 10 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  it('reads a message as it was published; what SNS cannot deliver is set aside with the others', () => {
    production.data.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'sqs',
      TopicArn: { Ref: Match.stringLikeRegexp('^Results') },
      RawMessageDelivery: true,
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^webhooksDeadLetters'), 'Arn'] },
      },
    });
  });

  it('begins with a secret in which no tenant has an endpoint', () => {
    production.data.hasResourceProperties('AWS::SecretsManager::Secret', {
      Name: 'relay-production-webhooks'.replace(/-/g, '/'),
      SecretString: '{}',
    });
  });

  it('can call its own machine in stage local alone, whoever says otherwise', () => {
    for (const stage of stageNames) {
      const config = configOf(stage);
      expect(config.webhooks.toThisMachine).toBe(stage === 'local');
      const open = { ...config, webhooks: { ...config.webhooks, toThisMachine: true } };
      if (stage !== 'local')
        expect(() => synthesize(open)).toThrow('may not send webhooks to its own machine');
    }
    expect(() => configFor((key) => ({ stage: 'dev' })[key], ['toThisMachine'])).toThrow('no such setting');
  });

  it('takes other waits, and refuses those that SQS could not keep', () => {
    expect(configOf('dev', { webhookWaitsSeconds: '[1, 36000]' }).webhooks.waitsSeconds).toEqual([1, 36_000]);
    for (const wrong of ['[]', '[0]', '[36001]', '[1.5]', '5'])
      expect(() => configOf('dev', { webhookWaitsSeconds: wrong })).toThrow('webhookWaitsSeconds');
  });
});

describe('the topic of results', () => {
  it('is encrypted, takes nothing without TLS, and stays for its subscribers', () => {
    production.data.hasResource('AWS::SNS::Topic', {
      Properties: {
        TopicName: 'relay-production-results',
        KmsMasterKeyId: { 'Fn::Join': ['', Match.arrayWith([':alias/aws/sns'])] },
      },
      DeletionPolicy: 'Retain',
    });
    production.data.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({
            Effect: 'Deny',
            Action: 'sns:Publish',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ],
      },
    });
  });
});

describe('what would be lost', () => {
  it('stays when its stack goes, in staging and production', () => {
    for (const stage of ['staging', 'production']) {
      const { data } = synthesize(configOf(stage));
      for (const type of ['AWS::SQS::Queue', 'AWS::SecretsManager::Secret']) {
        data.allResources(type, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
      }
      data.hasResource('AWS::DynamoDB::GlobalTable', {
        Properties: { TableName: `relay-${stage}-jobs` },
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
      });
      data.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
        TableName: `relay-${stage}-jobs`,
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

  it('is not the state that workers find out again: it goes with its stack, and its records expire', () => {
    production.data.hasResource('AWS::DynamoDB::GlobalTable', {
      Properties: {
        TableName: 'relay-production-fleet',
        KeySchema: [
          { AttributeName: 'family', KeyType: 'HASH' },
          { AttributeName: 'name', KeyType: 'RANGE' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      },
      DeletionPolicy: 'Delete',
    });
  });

  it('is an answer in one place: no index has content', () => {
    production.data.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TableName: 'relay-production-jobs',
      GlobalSecondaryIndexes: [
        {
          IndexName: 'answers',
          KeySchema: [
            { AttributeName: 'answerKey', KeyType: 'HASH' },
            { AttributeName: 'endedAtMs', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
        {
          IndexName: 'tenant-jobs',
          KeySchema: [
            { AttributeName: 'tenantId', KeyType: 'HASH' },
            { AttributeName: 'enqueuedAtMs', KeyType: 'RANGE' },
          ],
          Projection: {
            ProjectionType: 'INCLUDE',
            NonKeyAttributes: Match.not(Match.arrayWith([Match.stringLikeRegexp('answer|message|metadata')])),
          },
        },
      ],
    });
  });

  it('is no key that could be restored once it is destroyed', () => {
    production.data.hasResource('AWS::DynamoDB::GlobalTable', {
      Properties: {
        TableName: 'relay-production-subject-keys',
        KeySchema: [{ AttributeName: 'name', KeyType: 'HASH' }],
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        StreamSpecification: Match.absent(),
        Replicas: [
          Match.objectLike({
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
          }),
        ],
      },
      DeletionPolicy: 'Retain',
    });
    production.data.hasResource('AWS::KMS::Key', {
      Properties: { EnableKeyRotation: true },
      DeletionPolicy: 'Retain',
    });
  });

  it.each([
    ['ledger', 'period', 'entry'],
    ['totals', 'tenantDay', 'hour'],
    ['privacy', 'tenantId', 'requestId'],
  ])('keeps the %s table, found by %s and %s, and can restore it', (name, partition, sort) => {
    production.data.hasResource('AWS::DynamoDB::GlobalTable', {
      Properties: {
        TableName: `relay-production-${name}`,
        KeySchema: [
          { AttributeName: partition, KeyType: 'HASH' },
          { AttributeName: sort, KeyType: 'RANGE' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        Replicas: [
          Match.objectLike({
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 },
          }),
        ],
      },
      DeletionPolicy: 'Retain',
    });
  });

  it('can be thrown away in dev', () => {
    synthesize(configOf('dev')).data.allResources('AWS::SQS::Queue', { DeletionPolicy: 'Delete' });
  });
});

describe('the choice of a stage', () => {
  it('has no default, and an unknown one is told what there is', () => {
    expect(() => configOf('prod')).toThrow('stage: choose one with -c stage=<dev|staging|production|local>');
  });

  it('takes an address for alarms, and refuses what is none', () => {
    const { alerts } = synthesize(configOf('dev', { alarmEmail: 'oncall@example.com' }));
    alerts.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'oncall@example.com',
    });
    expect(() => configOf('dev', { alarmEmail: 'nobody' })).toThrow('alarmEmail: give an address');
  });

  it('takes the limit of users, and refuses what no user could work with', () => {
    expect(configOf('dev').userStartsPerMinute).toBe(10);
    expect(configOf('dev', { userStartsPerMinute: '60' }).userStartsPerMinute).toBe(60);
    for (const none of ['0', '61', '1.5', 'many', '']) {
      expect(() => configOf('dev', { userStartsPerMinute: none })).toThrow('userStartsPerMinute: ');
    }
  });

  it('takes budgets, and refuses those that a function has no room for', () => {
    const budgets = { perDayMicroUsd: 50_000_000, criticalShare: 0.1, tenants: { t1: 2_000_000, t2: null } };
    expect(configOf('production').budgets).toEqual({ criticalShare: 0.1, tenants: {} });
    expect(configOf('production', { budgets: JSON.stringify(budgets) }).budgets).toEqual(budgets);
    for (const wrong of [{ ...budgets, perDayUsd: 50 }, { ...budgets, criticalShare: 1 }, { tenants: {} }])
      expect(() => configOf('production', { budgets: JSON.stringify(wrong) })).toThrow('budgets');
    const tenants = Object.fromEntries(Array.from({ length: 80 }, (_, at) => [`tenant-${at}`, 50_000_000]));
    expect(() => configOf('production', { budgets: JSON.stringify({ ...budgets, tenants }) })).toThrow(
      'a function has room for 2700',
    );
  });

  it('takes the quotas of an account in place of the defaults, and refuses a misspelt one', () => {
    const quota: Quota = {
      provider: 'openai',
      modelId: 'gpt-5',
      requestsPerMinute: 500,
      tokensPerMinute: 30_000,
    };
    expect(configOf('production', { quotas: JSON.stringify([quota]) }).quotas).toEqual([quota]);
    const misspelt = JSON.stringify([{ ...quota, requestPerMinute: 500 }]);
    expect(() => configOf('production', { quotas: misspelt })).toThrow('quotas.0: ');
    expect(() => configOf('production', { quotas: 'gpt-5: 500' })).toThrow('quotas: is not a JSON document');
    const tooMany = JSON.stringify(Array.from({ length: 26 }, () => quota));
    expect(() => configOf('production', { quotas: tooMany })).toThrow('quotas: takes 25 models at most');
  });

  it('has a quota for every model that may be called, and one only', () => {
    const callable = Object.values(defaultCatalogue).flatMap(({ offers }) =>
      offers.map(({ provider, modelId }) => `${provider}/${modelId}`),
    );
    const limited = configOf('production').quotas.map(({ provider, modelId }) => `${provider}/${modelId}`);
    expect(limited.sort()).toEqual([...new Set(callable)].sort());
  });

  it.each([
    ['{"openai":"http://models.internal/v1"}', 'providers: openai must have a URL that begins with https://'],
    ['{"openai":"ftp://models.internal"}', 'providers: openai must have a URL that begins with https://'],
    ['{}', 'providers: name one at least'],
  ])('takes no providers %s but in stage local', (providers, sentence) => {
    expect(() => configOf('dev', { providers })).toThrow(sentence);
    expect(configOf('local', { providers }).providers).toEqual(JSON.parse(providers));
  });

  it('refuses a misspelt setting, and leaves the names of the CDK alone', () => {
    const given = (...names: string[]) => configFor((key) => ({ stage: 'dev' })[key], names);
    expect(() => given('stage', 'alarmMail')).toThrow('-c alarmMail: there is no such setting');
    expect(given('stage', ...Object.keys(cdkJson.context), 'aws:cdk:bundling-stacks').stage).toBe('dev');
  });

  /** By the logical id of the policy. */
  const rightsIn = (stage: StageName) =>
    Object.fromEntries(
      Object.values(synthesize(configOf(stage))).flatMap((template) =>
        Object.entries(template.findResources('AWS::IAM::Policy')).map(([id, { Properties }]) => [
          id,
          JSON.stringify(Properties.PolicyDocument.Statement).replaceAll(`relay-${stage}-`, 'relay-'),
        ]),
      ),
    );

  it.each(['dev', 'staging', 'production'] as const)(
    'gives functions of stage %s the rights that they have in stage local, where all are seen to be used',
    (stage) => {
      expect(Object.keys(rightsIn(stage)).length).toBeGreaterThan(10);
      expect(rightsIn(stage)).toEqual(rightsIn('local'));
    },
  );

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

describe('a stage whose models are shut down', () => {
  it('is refused unless it is this machine, where nobody loses anything and drills must be able to', () => {
    const providers = JSON.stringify({ 'azure-openai': 'https://example.openai.azure.com' });
    const lateMs = Date.parse('2027-03-01T00:00:00Z');
    const synth = (stage: string) => synthesize(configOf(stage, { providers }), defaultCatalogue, lateMs);
    expect(() => synth('dev')).toThrow(ConfigurationError);
    expect(() => synth('local')).not.toThrow();
  });

  const at = (day: string) => Date.parse(`${day}T00:00:00Z`);
  const azureOnly = configOf('production', {
    providers: JSON.stringify({ 'azure-openai': 'https://relay.openai.azure.com' }),
  });

  it('is synthesized until 14 days before the last provider of a model stops, and then refused with the fix', () => {
    const synthesizeOn = (ms: number) => () => synthesize(azureOnly, defaultCatalogue, ms);
    expect(synthesizeOn(at('2027-01-23') - 1)).not.toThrow();
    expect(synthesizeOn(at('2027-01-23'))).toThrow(
      "Model gpt-5: the last of the stage's providers (azure-openai) shuts it down on 2027-02-06, within 14 days " +
        'from today: give it a successor',
    );
    expect(synthesizeOn(at('2027-01-23'))).toThrow(ConfigurationError);
  });

  it.each(stageNames)('is never %s as it comes: its catalogue has successors', (stage) => {
    for (const day of ['2026-12-11', '2027-02-06'])
      expect(() => synthesize(configOf(stage), defaultCatalogue, at(day))).not.toThrow();
  });
});
