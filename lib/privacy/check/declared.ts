import * as z from 'zod/mini';
import type { StoreKind } from '../map/store.ts';
import { DAY } from '../map/store.ts';
import type { EncryptionName } from '../map/vocabulary.ts';
import type { Resource } from './resource.ts';

/** What a template says of a store. `keptForSeconds`: Infinity for what never ends. */
export type Declared = {
  encryption: EncryptionName | 'none';
  keptForSeconds?: number;
  /** The attribute by which items of a table end. */
  endsBy?: string | undefined;
  recoveryDays?: number | undefined;
};

/** How a store is declared. */
export const declaredOf = (kind: StoreKind, { properties }: Pick<Resource, 'properties'>): Declared => {
  switch (kind) {
    case 'table':
      return declaredTable(properties);
    case 'queue':
      return declaredQueue(properties);
    case 'topic':
      return { encryption: keyKind(properties.KmsMasterKeyId, 'none') };
    case 'log-group':
      return {
        encryption: keyKind(properties.KmsKeyId, 'aws-owned'),
        keptForSeconds: daysOr(Infinity, properties.RetentionInDays),
      };
    case 'bucket':
      return declaredBucket(properties);
    case 'secret':
      return { encryption: keyKind(properties.KmsKeyId, 'aws-kms') };
    case 'key':
      return { encryption: isKept(properties) ? 'is-key' : 'none' };
    case 'user-pool':
      return { encryption: 'aws-owned' };
  }
};

/** A key that encrypts is renewed; one that signs cannot be, and encrypts nothing. */
const isKept = ({ EnableKeyRotation, KeyUsage }: Resource['properties']): boolean =>
  EnableKeyRotation === true || KeyUsage === 'SIGN_VERIFY';

/** A key of our own is named by reference; keys that AWS manages, by their alias. */
const keyKind = (keyId: unknown, without: Declared['encryption']): Declared['encryption'] => {
  if (keyId === undefined) return without;
  return JSON.stringify(keyId).includes('alias/aws/') ? 'aws-kms' : 'own-key';
};

const daysOr = (otherwise: number, days: unknown): number =>
  typeof days === 'number' ? days * DAY : otherwise;

const recovery = z.object({
  PointInTimeRecoveryEnabled: z.boolean(),
  RecoveryPeriodInDays: z.optional(z.number()),
});
const keyed = z.object({ KMSMasterKeyId: z.unknown() });
const tableSchema = z.object({
  SSESpecification: z.optional(z.object({ SSEEnabled: z.boolean() })),
  TimeToLiveSpecification: z.optional(
    z.object({ Enabled: z.boolean(), AttributeName: z.optional(z.string()) }),
  ),
  Replicas: z._default(
    z.array(
      z.object({
        SSESpecification: z.optional(keyed),
        PointInTimeRecoverySpecification: z.optional(recovery),
      }),
    ),
    [],
  ),
});

/** DynamoDB's own window where none is asked for. */
const DEFAULT_RECOVERY_DAYS = 35;

const declaredTable = (properties: unknown): Declared => {
  const { SSESpecification: sse, TimeToLiveSpecification: ttl, Replicas } = tableSchema.parse(properties);
  const [replica] = Replicas;
  const point = replica?.PointInTimeRecoverySpecification;
  return {
    encryption: sse?.SSEEnabled ? keyKind(replica?.SSESpecification?.KMSMasterKeyId, 'aws-kms') : 'aws-owned',
    endsBy: ttl?.Enabled ? ttl.AttributeName : undefined,
    recoveryDays: point?.PointInTimeRecoveryEnabled
      ? (point.RecoveryPeriodInDays ?? DEFAULT_RECOVERY_DAYS)
      : undefined,
  };
};

/** SQS keeps a message for four days where nothing else is said. */
const DEFAULT_QUEUE_SECONDS = 4 * DAY;

const declaredQueue = (properties: Resource['properties']): Declared => {
  const { MessageRetentionPeriod: seconds, KmsMasterKeyId, SqsManagedSseEnabled } = properties;
  return {
    encryption: keyKind(KmsMasterKeyId, SqsManagedSseEnabled === true ? 'sqs-managed' : 'none'),
    keptForSeconds: typeof seconds === 'number' ? seconds : DEFAULT_QUEUE_SECONDS,
  };
};

const bucketSchema = z.object({
  BucketEncryption: z.optional(
    z.object({
      ServerSideEncryptionConfiguration: z.array(
        z.object({
          ServerSideEncryptionByDefault: z.object({
            SSEAlgorithm: z.string(),
            KMSMasterKeyID: z.optional(z.unknown()),
          }),
        }),
      ),
    }),
  ),
  LifecycleConfiguration: z.optional(
    z.object({ Rules: z.array(z.object({ Status: z.string(), ExpirationInDays: z.optional(z.number()) })) }),
  ),
});

const declaredBucket = (properties: unknown): Declared => {
  const { BucketEncryption, LifecycleConfiguration } = bucketSchema.parse(properties);
  const [rule] = BucketEncryption?.ServerSideEncryptionConfiguration ?? [];
  const { SSEAlgorithm, KMSMasterKeyID } = rule?.ServerSideEncryptionByDefault ?? {};
  const days = (LifecycleConfiguration?.Rules ?? [])
    .filter(({ Status }) => Status === 'Enabled')
    .map(({ ExpirationInDays }) => daysOr(Infinity, ExpirationInDays));
  return {
    encryption: SSEAlgorithm === 'aws:kms' ? keyKind(KMSMasterKeyID, 'aws-kms') : 'aws-owned',
    keptForSeconds: Math.min(Infinity, ...days),
  };
};
