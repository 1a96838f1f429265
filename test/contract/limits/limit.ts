import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';

/** The local cloud, as its users reach it, with what limits are tried on. */
export type LimitedCloud = {
  sqs: SQSClient;
  sns: SNSClient;
  dynamodb: DynamoDBClient;
  secrets: SecretsManagerClient;
  kms: KMSClient;
  signingKey: string;
  queueUrl: string;
  topicArn: string;
  control: string;
  api: string;
};

/** One limit of AWS: a row of docs/limits.md, and the requests that show it. */
export type Limit = {
  service: 'SQS' | 'DynamoDB' | 'SNS' | 'Secrets Manager' | 'KMS' | 'Lambda' | 'API Gateway';
  what: string;
  figure: string;
  /** As the SDK names it; of what CloudFormation is told, as the service does. */
  error: string;
  /** What is just within the limit, and must be taken. */
  within(cloud: LimitedCloud): Promise<unknown>;
  /** What is just over it, and must be refused. */
  over(cloud: LimitedCloud): Promise<unknown>;
};

type Batch = { Failed?: { Code?: string | undefined }[] | undefined };

/** Rejects as the first entry that a batch request has answered with a failure. */
export const unlessFailed = async (answer: Promise<Batch>): Promise<void> => {
  const [failed] = (await answer).Failed ?? [];
  if (failed !== undefined) throw Object.assign(new Error('an entry has failed'), { name: failed.Code });
};

export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
