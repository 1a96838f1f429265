/** What AWS lets an account do until it asks for more, or for good. */
export type AwsLimit = { value: number; unit: string; canBeRaised: boolean; source: string; readOn: string };

const docs = 'https://docs.aws.amazon.com';

/** Defaults in us-east-1, as AWS publishes them. */
export const awsLimits = {
  lambdaConcurrency: {
    value: 1_000,
    unit: 'invocations at a time',
    canBeRaised: true,
    source: `${docs}/lambda/latest/dg/lambda-concurrency.html`,
    readOn: '2026-11-26',
  },
  lambdaUnreserved: {
    value: 100,
    unit: 'invocations at a time that nobody may reserve',
    canBeRaised: false,
    source: `${docs}/lambda/latest/dg/configuration-concurrency.html`,
    readOn: '2026-11-22',
  },
  mappingConcurrency: {
    value: 1_000,
    unit: 'invocations at a time of one mapping',
    canBeRaised: false,
    source: `${docs}/lambda/latest/api/API_ScalingConfig.html`,
    readOn: '2026-11-22',
  },
  mappingAtOnce: {
    value: 5,
    unit: 'invocations that a mapping starts with',
    canBeRaised: false,
    source: `${docs}/lambda/latest/dg/services-sqs-scaling.html`,
    readOn: '2026-11-26',
  },
  mappingGrowth: {
    value: 300,
    unit: 'more invocations of a mapping a minute',
    canBeRaised: false,
    source: `${docs}/lambda/latest/dg/services-sqs-scaling.html`,
    readOn: '2026-11-26',
  },
  queueInFlight: {
    value: 120_000,
    unit: 'messages in flight of one queue',
    canBeRaised: true,
    source: `${docs}/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html`,
    readOn: '2026-11-22',
  },
  partitionWrites: {
    value: 1_000,
    unit: 'write units a second of one partition, and so of one item',
    canBeRaised: false,
    source: `${docs}/amazondynamodb/latest/developerguide/bp-partition-key-design.html`,
    readOn: '2026-11-26',
  },
  partitionReads: {
    value: 3_000,
    unit: 'read units a second of one partition, and so of one item',
    canBeRaised: false,
    source: `${docs}/amazondynamodb/latest/developerguide/bp-partition-key-design.html`,
    readOn: '2026-11-26',
  },
  tableWrites: {
    value: 40_000,
    unit: 'write units a second of an on-demand table or index',
    canBeRaised: true,
    source: `${docs}/amazondynamodb/latest/developerguide/ServiceQuotas.html`,
    readOn: '2026-11-26',
  },
  newTableWrites: {
    value: 4_000,
    unit: 'write units a second of a table that is new and has not been warmed',
    canBeRaised: true,
    source: `${docs}/amazondynamodb/latest/developerguide/warm-throughput.html`,
    readOn: '2026-11-22',
  },
  tableReads: {
    value: 40_000,
    unit: 'read units a second of an on-demand table',
    canBeRaised: true,
    source: `${docs}/amazondynamodb/latest/developerguide/on-demand-capacity-mode-max-throughput.html`,
    readOn: '2026-11-26',
  },
  newTableReads: {
    value: 12_000,
    unit: 'read units a second of a table that is new and has not been warmed',
    canBeRaised: true,
    source: `${docs}/amazondynamodb/latest/developerguide/warm-throughput.html`,
    readOn: '2026-11-26',
  },
  topicPublishes: {
    value: 30_000,
    unit: 'messages a second to standard topics',
    canBeRaised: true,
    source: `${docs}/general/latest/gr/sns.html`,
    readOn: '2026-11-26',
  },
  apiRequests: {
    value: 10_000,
    unit: 'requests a second to API Gateway',
    canBeRaised: true,
    source: `${docs}/apigateway/latest/developerguide/limits.html`,
    readOn: '2026-11-26',
  },
  functionMemory: {
    value: 10_240,
    unit: 'MB of memory of a function',
    canBeRaised: false,
    source: `${docs}/lambda/latest/dg/gettingstarted-limits.html`,
    readOn: '2026-11-22',
  },
} as const satisfies Record<string, AwsLimit>;
