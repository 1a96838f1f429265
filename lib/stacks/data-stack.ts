import { RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Alias, Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { type StageConfig, usageApis, visibilitySeconds } from '../config.ts';
import { QueueWithDeadLetters } from '../constructs/queue-with-dead-letters.ts';
import type { LaneName } from '../pipeline/job/lane.ts';
import { providerNames } from '../pipeline/model/model.ts';
import { keptTable } from './kept-table.ts';
import { auditTable, privacyTable } from './privacy-tables.ts';

/** The index of the jobs table that finds a model's earlier answer to the same words. */
export const ANSWERS_INDEX = 'answers';

/** The index of the jobs table that lists a tenant's jobs by the time they were accepted. */
export const TENANT_JOBS_INDEX = 'tenant-jobs';

/** What a list shows of a job, or finds it by, beside the keys. DynamoDB takes 20 for an index. */
const LISTED_ATTRIBUTES = [
  'status',
  'reason',
  'lane',
  'model',
  'creatorId',
  'subjectRefs', // whose jobs they are must be found when it is asked for
  'deadlineAtMs',
  'endedAtMs',
  'costMicroUsd',
  'correlationId',
  'expiresAt',
] as const;

/** How many timeouts of its function a message stays hidden (AWS's advice for mappings). */
const VISIBILITY_FACTOR = 6;

/** The timeout of the function that repairs the ledger. */
export const REPAIR_TIMEOUT_SECONDS = 30;

/** The timeout of the function that sends webhooks: a try of 10 s, and what comes before and after it. */
export const WEBHOOKS_TIMEOUT_SECONDS = 30;

/** A secret of keys by name, and how soon a new one is read. */
type Keys = { secretName: string; description: string; names: readonly string[]; read: string };

/**
 * What would be lost if it went: waiting jobs, job results, accounts, provider keys. Deployed apart from what can be rebuilt; what
 * workers share is here too, because a new deployment of them must find it.
 */
export class DataStack extends Stack {
  readonly lanes: Readonly<Record<LaneName, QueueWithDeadLetters>>;
  readonly jobs: TableV2;
  readonly fleet: TableV2;
  readonly ledger: TableV2;
  readonly totals: TableV2;
  readonly privacy: TableV2;
  /** Who asked, read and changed what. Apart from what it tells of: other writers, another retention. */
  readonly audit: TableV2;
  /** Wraps the keys of tenants, and by them those of all subjects. */
  readonly contentKey: Key;
  readonly subjectKeys: TableV2;
  readonly ledgerRepair: QueueWithDeadLetters;
  readonly providerKeys: Secret;
  /** Apart from them: whoever calls models need not read what an organization pays. */
  readonly adminKeys: Secret;
  /** Where it is told that jobs have ended; others subscribe to it. */
  readonly results: Topic;
  readonly webhooks: QueueWithDeadLetters;
  /** Where tenants want to be told of their jobs, and the secrets that sign it. */
  readonly webhookEndpoints: Secret;

  constructor(scope: Construct, id: string, config: StageConfig, props: StackProps) {
    super(scope, id, { ...props, terminationProtection: config.protectData });
    const removalPolicy = config.protectData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const lane = (name: LaneName) => this.lane(name, config, removalPolicy);
    this.lanes = {
      critical: lane('critical'),
      high: lane('high'),
      medium: lane('medium'),
      low: lane('low'),
    };
    this.jobs = this.jobsTable(config, removalPolicy);
    this.fleet = this.fleetTable(config);
    this.ledger = this.plainTable('Ledger', 'ledger', ['period', 'entry'], config, removalPolicy);
    this.totals = this.plainTable('Totals', 'totals', ['tenantDay', 'hour'], config, removalPolicy);
    this.privacy = privacyTable(this, config, removalPolicy);
    this.audit = auditTable(this, config, removalPolicy);
    this.contentKey = this.contentKeyOf(config, removalPolicy);
    this.subjectKeys = this.subjectKeysTable(config, removalPolicy);
    this.ledgerRepair = this.sideQueue('ledger-repair', REPAIR_TIMEOUT_SECONDS, config, removalPolicy);
    this.providerKeys = this.keysSecret('ProviderKeys', removalPolicy, {
      secretName: `relay/${config.stage}/provider-keys`,
      description: 'API keys by provider. Deployed without any: put them in before the first job.',
      names: providerNames,
      read: 'workers pick up a new key within 5 minutes.',
    });
    this.adminKeys = this.keysSecret('AdminKeys', removalPolicy, {
      secretName: `relay/${config.stage}/admin-keys`,
      description: "Keys that read providers' accounts. Deployed without any: those are not reconciled.",
      names: Object.keys(usageApis),
      read: 'the next reconciliation picks up a new key.',
    });
    this.results = this.resultsTopic(config, removalPolicy);
    this.webhooks = this.sideQueue('webhooks', WEBHOOKS_TIMEOUT_SECONDS, config, removalPolicy);
    this.results.addSubscription(
      new SqsSubscription(this.webhooks.queue, {
        rawMessageDelivery: true,
        deadLetterQueue: this.webhooks.deadLetterQueue,
      }),
    );
    this.webhookEndpoints = this.webhookEndpointsSecret(config, removalPolicy);
  }

  private jobsTable(config: StageConfig, removalPolicy: RemovalPolicy): TableV2 {
    return new TableV2(this, 'Jobs', {
      tableName: `relay-${config.stage}-jobs`,
      partitionKey: { name: 'jobId', type: AttributeType.STRING },
      sortKey: { name: 'tenantId', type: AttributeType.STRING },
      // Neither has content: an answer stays in one place, its job's row.
      globalSecondaryIndexes: [
        {
          indexName: ANSWERS_INDEX,
          partitionKey: { name: 'answerKey', type: AttributeType.STRING },
          sortKey: { name: 'endedAtMs', type: AttributeType.NUMBER },
          projectionType: ProjectionType.KEYS_ONLY,
        },
        {
          indexName: TENANT_JOBS_INDEX,
          partitionKey: { name: 'tenantId', type: AttributeType.STRING },
          sortKey: { name: 'enqueuedAtMs', type: AttributeType.NUMBER },
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: [...LISTED_ATTRIBUTES],
        },
      ],
      ...keptTable(config, removalPolicy),
    });
  }

  /**
   * Circuits, quotas, latencies, users' starts: workers find them out again within minutes. So there is nothing to
   * recover to a point in time (old state would be wrong), and nothing to keep when the stage goes.
   */
  private fleetTable({ stage }: StageConfig): TableV2 {
    return new TableV2(this, 'Fleet', {
      tableName: `relay-${stage}-fleet`,
      partitionKey: { name: 'family', type: AttributeType.STRING },
      sortKey: { name: 'name', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      timeToLiveAttribute: 'expiresAt',
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  /** Whoever destroys it makes everything unreadable that the stage keeps of anybody: KMS waits for 30 days before it does. */
  private contentKeyOf({ stage }: StageConfig, removalPolicy: RemovalPolicy): Key {
    return new Key(this, 'ContentKey', {
      description: `Wraps the keys that content is encrypted with, of stage ${stage}.`,
      enableKeyRotation: true,
      removalPolicy,
    });
  }

  private subjectKeysTable(config: StageConfig, removalPolicy: RemovalPolicy): TableV2 {
    const table = new TableV2(this, 'SubjectKeys', {
      tableName: `relay-${config.stage}-subject-keys`,
      partitionKey: { name: 'name', type: AttributeType.STRING },
      ...keptTable(config, removalPolicy),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: false },
    });
    Validations.of(table).acknowledge({
      id: 'AwsSolutions-DDB3',
      reason:
        'A key that is destroyed must be gone: what could be restored to a point in time would be readable again.',
    });
    return table;
  }

  /** Found by its two keys alone: accounts call by call, totals of them, requests of persons. */
  private plainTable(
    id: string,
    name: string,
    [partition, sort]: readonly [string, string],
    config: StageConfig,
    removalPolicy: RemovalPolicy,
  ): TableV2 {
    return new TableV2(this, id, {
      tableName: `relay-${config.stage}-${name}`,
      partitionKey: { name: partition, type: AttributeType.STRING },
      sortKey: { name: sort, type: AttributeType.STRING },
      ...keptTable(config, removalPolicy),
    });
  }

  /** What a function works off beside the lanes. It waits as long as a lane's messages do. */
  private sideQueue(
    name: string,
    timeoutSeconds: number,
    config: StageConfig,
    removalPolicy: RemovalPolicy,
  ): QueueWithDeadLetters {
    return new QueueWithDeadLetters(this, name, {
      queueName: `relay-${config.stage}-${name}`,
      visibilitySeconds: VISIBILITY_FACTOR * timeoutSeconds,
      longPollingSeconds: config.queue.longPollingSeconds,
      retentionDays: config.queue.retentionDays,
      deadLetterRetentionDays: config.queue.deadLetterRetentionDays,
      maxReceives: config.queue.maxReceives,
      removalPolicy,
    });
  }

  private keysSecret(id: string, removalPolicy: RemovalPolicy, keys: Keys): Secret {
    const secret = new Secret(this, id, {
      secretName: keys.secretName,
      description: keys.description,
      generateSecretString: {
        secretStringTemplate: JSON.stringify(Object.fromEntries(keys.names.map((name) => [name, '']))),
        generateStringKey: 'unused',
      },
      removalPolicy,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: `Providers issue the keys and have no API to rotate them by; ${keys.read}`,
    });
    return secret;
  }

  private webhookEndpointsSecret(config: StageConfig, removalPolicy: RemovalPolicy): Secret {
    const secret = new Secret(this, 'Webhooks', {
      secretName: `relay/${config.stage}/webhooks`,
      description:
        'Endpoints by tenant, as JSON: {"TENANT": {"url": "https://...", "secrets": ["whsec_..."]}}.',
      secretObjectValue: {},
      removalPolicy,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Both sides must change a secret: two of them sign while a tenant goes over to the new one.',
    });
    return secret;
  }

  /** Only functions of ours publish to it, for which AWS's own key will do. */
  private resultsTopic({ stage }: StageConfig, removalPolicy: RemovalPolicy): Topic {
    const topic = new Topic(this, 'Results', {
      topicName: `relay-${stage}-results`,
      masterKey: Alias.fromAliasName(this, 'SnsKey', 'alias/aws/sns'),
      enforceSSL: true,
    });
    topic.applyRemovalPolicy(removalPolicy);
    return topic;
  }

  private lane(name: LaneName, config: StageConfig, removalPolicy: RemovalPolicy): QueueWithDeadLetters {
    return new QueueWithDeadLetters(this, `lane-${name}`, {
      queueName: `relay-${config.stage}-${name}`,
      visibilitySeconds: visibilitySeconds(config, config.lanes[name]),
      longPollingSeconds: config.queue.longPollingSeconds,
      retentionDays: config.queue.retentionDays,
      deadLetterRetentionDays: config.queue.deadLetterRetentionDays,
      maxReceives: config.queue.maxReceives,
      removalPolicy,
    });
  }
}
