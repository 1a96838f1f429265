import type { Deployment } from './assembly/deployment.ts';
import type { DynamoDb } from './dynamodb/dynamodb.ts';
import type { Kms } from './kms/kms.ts';
import type { S3 } from './s3/s3.ts';
import type { SecretsManager } from './secrets-manager.ts';
import type { SqsAndSns } from './sqs/sqs-and-sns.ts';

type Services = { sqsAndSns: SqsAndSns; dynamodb: DynamoDb; secrets: SecretsManager; kms: Kms; s3: S3 };

/** Creates what a deployment declares beside its functions; `values`: of its secrets, by name. */
export const createResources = async (
  { sqsAndSns, dynamodb, secrets, kms, s3 }: Services,
  deployment: Deployment,
  values: Readonly<Record<string, string>>,
): Promise<void> => {
  for (const queue of deployment.queues) await sqsAndSns.createQueue(queue);
  for (const topic of deployment.topics) sqsAndSns.createTopic(topic);
  for (const subscription of deployment.subscriptions) sqsAndSns.createSubscription(subscription);
  for (const table of deployment.tables) await dynamodb.createTable(table);
  for (const bucket of deployment.buckets) s3.createBucket(bucket);
  for (const key of deployment.keys) await kms.createKey(key);
  for (const secret of deployment.secrets) {
    const value = values[secret.name] ?? secret.value;
    if (value === undefined)
      throw new Error(`the templates declare the secret ${secret.name}, and nobody has given its value`);
    secrets.createSecret(secret, value);
  }
};
