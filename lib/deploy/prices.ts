/** What AWS asks for, in US dollars: us-east-1, read on 2026-11-22. Look again before a figure is quoted. */
export const AWS_PRICES = {
  region: 'us-east-1',
  readOn: '2026-11-22',
  /** aws.amazon.com/lambda/pricing */
  lambdaPerGbSecondArm: 0.0000133334,
  lambdaPerMillionRequests: 0.2,
  /** aws.amazon.com/sqs/pricing, standard queues; fair queues ask a tenth more, which we do not use */
  sqsPerMillionRequests: 0.4,
  /** aws.amazon.com/sns/pricing */
  snsPerMillionMessages: 0.5,
  /** aws.amazon.com/dynamodb/pricing/on-demand */
  dynamoDbPerMillionWrites: 0.625,
  dynamoDbPerMillionReads: 0.125,
  /** aws.amazon.com/api-gateway/pricing, HTTP APIs */
  httpApiPerMillionRequests: 1,
  /** aws.amazon.com/cloudwatch/pricing */
  alarmMetricPerMonth: 0.1,
  compositeAlarmPerMonth: 0.5,
  dashboardPerMonth: 3,
  metricPerMonth: 0.3,
  logsPerGb: 0.5,
  /** aws.amazon.com/kms/pricing, aws.amazon.com/secrets-manager/pricing */
  keyPerMonth: 1,
  secretPerMonth: 0.4,
} as const;
