import * as z from 'zod';
import * as limits from './declared-limits.ts';

// Properties of CloudFormation resources. The schemas are strict: a property that would change the behaviour of a
// system and is not emulated must fail. What is accepted and has no effect locally is marked `ignored`.

const ignored = z.unknown().optional();

/** CloudFormation accepts texts for numbers and truth values. */
const integer = z.coerce.number().pipe(z.int());
const flag = z.union([z.boolean(), z.stringbool()]);
const attribute = z
  .union([z.string(), z.number(), z.boolean(), z.record(z.string(), z.unknown())])
  .optional();

/** The form of queue and subscription attributes in API calls: structures as JSON text. */
export const asTexts = (properties: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  );

/** Who may use a key, and when it goes, is not emulated. */
const keyParts = {
  Description: ignored,
  EnableKeyRotation: ignored,
  Enabled: ignored,
  KeyPolicy: ignored,
  PendingWindowInDays: ignored,
  RotationPeriodInDays: ignored,
  Tags: ignored,
};

export const queue = z
  .strictObject({
    QueueName: ignored,
    Tags: ignored,
    DelaySeconds: attribute,
    KmsDataKeyReusePeriodSeconds: attribute,
    KmsMasterKeyId: attribute,
    MaximumMessageSize: attribute,
    MessageRetentionPeriod: attribute,
    ReceiveMessageWaitTimeSeconds: attribute,
    RedriveAllowPolicy: attribute,
    RedrivePolicy: attribute,
    SqsManagedSseEnabled: attribute,
    VisibilityTimeout: attribute,
  })
  .transform(({ QueueName: _name, Tags: _tags, ...attributes }) => asTexts(attributes))
  .check(limits.refuseQueueAttributes);

export const topic = z.strictObject({
  DisplayName: ignored,
  KmsMasterKeyId: z.string().optional(),
  Tags: ignored,
  TopicName: ignored,
  TracingConfig: ignored,
});

export const subscription = z
  .strictObject({
    Protocol: z.enum(['sqs', 'lambda', 'email']),
    TopicArn: z.string(),
    Endpoint: z.string(),
    FilterPolicy: attribute,
    FilterPolicyScope: attribute,
    RawMessageDelivery: attribute,
    RedrivePolicy: z.strictObject({ deadLetterTargetArn: z.string() }).optional(),
  })
  .refine(
    ({ Protocol, RawMessageDelivery }) => Protocol !== 'lambda' || String(RawMessageDelivery) !== 'true',
    'InvalidParameter: Delivery protocol [lambda] does not support raw message delivery.',
  );

/** A generated secret has what its template says; the part that AWS would generate is left out. */
export const secret = z.strictObject({
  Description: ignored,
  GenerateSecretString: z.looseObject({ SecretStringTemplate: z.string().optional() }).optional(),
  KmsKeyId: z.string().optional(),
  Name: ignored,
  ReplicaRegions: ignored,
  SecretString: z.string().optional(),
  Tags: ignored,
});

export const key = z.union([
  z.strictObject({ ...keyParts, KeyUsage: z.literal('SIGN_VERIFY'), KeySpec: z.literal('ECC_NIST_P256') }),
  z.strictObject({
    ...keyParts,
    KeyUsage: z.literal('ENCRYPT_DECRYPT').default('ENCRYPT_DECRYPT'),
    KeySpec: z.literal('SYMMETRIC_DEFAULT').optional(),
  }),
]);
/** Who may reach it, how it is encrypted and how long objects stay are of AWS. */
export const bucket = z.strictObject({
  BucketName: ignored,
  BucketEncryption: ignored,
  LifecycleConfiguration: ignored,
  OwnershipControls: ignored,
  PublicAccessBlockConfiguration: ignored,
  Tags: ignored,
});

const keySchema = z.array(z.strictObject({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));

const index = z.strictObject({
  IndexName: z.string(),
  KeySchema: keySchema,
  Projection: z.strictObject({
    ProjectionType: z.enum(['ALL', 'INCLUDE', 'KEYS_ONLY']),
    NonKeyAttributes: z.array(z.string()).optional(),
  }),
  ContributorInsightsSpecification: ignored,
  OnDemandThroughput: ignored,
  WarmThroughput: ignored,
  WriteOnDemandThroughputSettings: ignored,
});

/** What CreateTable is given. */
export const table = z.object({
  AttributeDefinitions: z.array(
    z.strictObject({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  KeySchema: keySchema,
  BillingMode: z.literal('PAY_PER_REQUEST'),
  GlobalSecondaryIndexes: z.array(index).optional(),
  LocalSecondaryIndexes: z.array(index).optional(),
});

/** AWS::DynamoDB::Table and ::GlobalTable, which is what CDK's TableV2 becomes. */
export const tableResource = z
  .strictObject({
    ...table.shape,
    ContributorInsightsSpecification: ignored,
    DeletionProtectionEnabled: ignored,
    OnDemandThroughput: ignored,
    PointInTimeRecoverySpecification: ignored,
    Replicas: z.array(z.unknown()).max(1, 'replicas in several regions are not emulated').optional(),
    ResourcePolicy: ignored,
    SSESpecification: ignored,
    TableClass: ignored,
    TableName: ignored,
    Tags: ignored,
    TimeToLiveSpecification: z
      .strictObject({ AttributeName: z.string().optional(), Enabled: flag })
      .optional(),
    WarmThroughput: ignored,
    WriteOnDemandThroughputSettings: ignored,
  })
  .transform(({ TimeToLiveSpecification: timeToLive, ...properties }) => ({
    ...table.parse(properties),
    timeToLiveAttribute: timeToLive?.Enabled === true ? timeToLive.AttributeName : undefined,
  }));

export const lambdaFunction = z.strictObject({
  Architectures: ignored,
  Code: z.strictObject({ S3Bucket: ignored, S3Key: z.string() }),
  Description: ignored,
  Environment: z.strictObject({ Variables: limits.environmentVariables.optional() }).optional(),
  EphemeralStorage: ignored,
  FunctionName: ignored,
  Handler: z.string(),
  KmsKeyArn: ignored,
  LoggingConfig: z
    .object({
      ApplicationLogLevel: z.string().default('INFO'),
      LogFormat: z.string().default('Text'),
      LogGroup: z.string().optional(),
    })
    .prefault({}),
  MemorySize: limits.memoryMb.default(128),
  RecursiveLoop: ignored,
  ReservedConcurrentExecutions: integer.optional(),
  Role: z.string(),
  Runtime: z.string().startsWith('nodejs'),
  RuntimeManagementConfig: ignored,
  Tags: ignored,
  Timeout: limits.timeoutSeconds.default(3),
  TracingConfig: ignored,
});

/** Weights between versions and provisioned environments are of a deploy, and there is none here. */
export const lambdaAlias = z.strictObject({
  Description: ignored,
  FunctionName: z.string(),
  FunctionVersion: z.string(),
  Name: z.string(),
});

export const lambdaVersion = z.strictObject({
  CodeSha256: ignored,
  Description: ignored,
  FunctionName: z.string(),
});

/** Lambda starts with five concurrent batches where a mapping does not say how many it may have. */
export const DEFAULT_CONCURRENCY = 5;

export const eventSourceMapping = z
  .strictObject({
    BatchSize: integer.default(10),
    Enabled: flag.default(true),
    EventSourceArn: z.string(),
    // an alias leads to the one version that there is here: what was deployed last
    FunctionName: z.string().transform((name) => name.replace(/:.*/, '')),
    FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
    KmsKeyArn: ignored,
    MaximumBatchingWindowInSeconds: limits.batchingWindowSeconds.default(0),
    MetricsConfig: ignored,
    ScalingConfig: z.strictObject({ MaximumConcurrency: limits.mappingConcurrency.optional() }).optional(),
    Tags: ignored,
  })
  .refine(limits.fitsBatch, { message: limits.batchRefusal, path: ['BatchSize'] });
