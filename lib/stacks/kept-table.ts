import type { RemovalPolicy } from 'aws-cdk-lib';
import { Billing, TableEncryptionV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { StageConfig } from '../config.ts';

/** What all tables have in common that cannot be rebuilt. */
export const keptTable = (config: StageConfig, removalPolicy: RemovalPolicy) => ({
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
