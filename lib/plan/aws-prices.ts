/** US dollars in us-east-1. Hold them against an invoice before they are relied on. */
export type AwsPrice = { usd: number; per: string; source: string; readOn: string };

export const awsPrices = {
  lambdaRequest: {
    usd: 0.2 / 1e6,
    per: 'invocation',
    source: 'https://aws.amazon.com/lambda/pricing/',
    readOn: '2026-11-22',
  },
  lambdaGbSecond: {
    usd: 0.0000133334,
    per: 'GB-second on arm64',
    source: 'https://aws.amazon.com/lambda/pricing/',
    readOn: '2026-11-22',
  },
  queueRequest: {
    usd: 0.4 / 1e6,
    per: 'request to SQS, of up to 64 KB',
    source: 'https://aws.amazon.com/sqs/pricing/',
    readOn: '2026-11-22',
  },
  tableWrite: {
    usd: 0.625 / 1e6,
    per: 'write unit on demand',
    source: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
    readOn: '2026-11-22',
  },
  tableRead: {
    usd: 0.125 / 1e6,
    per: 'read unit on demand',
    source: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
    readOn: '2026-11-22',
  },
  tableGbMonth: {
    usd: 0.25 + 0.2,
    per: 'GB and month, and its recovery to a point in time',
    source: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
    readOn: '2026-11-22',
  },
  topicPublish: {
    usd: 0.5 / 1e6,
    per: 'message to a standard topic',
    source: 'https://aws.amazon.com/sns/pricing/',
    readOn: '2026-11-22',
  },
  apiRequest: {
    usd: 1 / 1e6,
    per: 'request to an HTTP API',
    source: 'https://aws.amazon.com/api-gateway/pricing/',
    readOn: '2026-11-22',
  },
  logGb: {
    usd: 0.5,
    per: 'GB of logs taken in',
    source: 'https://aws.amazon.com/cloudwatch/pricing/',
    readOn: '2026-11-22',
  },
} as const satisfies Record<string, AwsPrice>;
