import { RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { type StageConfig, visibilitySeconds } from '../config.ts';
import { PriorityLane } from '../constructs/priority-lane.ts';
import type { LaneName } from '../pipeline/lane.ts';
import { providerNames } from '../pipeline/model.ts';

/** What would be lost if it went: waiting jobs, job results, provider keys. Deployed apart from what can be rebuilt. */
export class DataStack extends Stack {
  readonly lanes: Readonly<Record<LaneName, PriorityLane>>;
  readonly jobs: TableV2;
  readonly providerKeys: Secret;

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
    this.jobs = new TableV2(this, 'Jobs', {
      tableName: `relay-${config.stage}-jobs`,
      partitionKey: { name: 'jobId', type: AttributeType.STRING },
      sortKey: { name: 'tenantId', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      timeToLiveAttribute: 'expiresAt',
      pointInTimeRecoverySpecification: {
        pointInTimeRecoveryEnabled: true,
        recoveryPeriodInDays: config.recoveryDays,
      },
      deletionProtection: config.protectData,
      removalPolicy,
    });
    this.providerKeys = new Secret(this, 'ProviderKeys', {
      secretName: `relay/${config.stage}/provider-keys`,
      description: 'API keys by provider. Deployed without any: put them in before the first job.',
      generateSecretString: {
        secretStringTemplate: JSON.stringify(Object.fromEntries(providerNames.map((name) => [name, '']))),
        generateStringKey: 'unused',
      },
      removalPolicy,
    });
    Validations.of(this.providerKeys).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Providers issue the keys and have no API to rotate them by; workers pick up a new key within 5 minutes.',
    });
  }

  private lane(name: LaneName, config: StageConfig, removalPolicy: RemovalPolicy): PriorityLane {
    return new PriorityLane(this, `lane-${name}`, {
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
