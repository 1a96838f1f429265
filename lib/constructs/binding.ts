import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';

/** A variable of a function's environment that names a resource and brings the right to use it. */
export type Binding = { value: string; grant(grantee: IGrantable): void };

/** The table's name, with the right to update its items: both writes of a job are conditional updates. */
export const updatesItemsOf = (table: TableV2): Binding => ({
  value: table.tableName,
  grant: (grantee) => table.grant(grantee, 'dynamodb:UpdateItem'),
});

/** The queue's URL, with the right to send to it. */
export const sendsTo = (queue: IQueue): Binding => ({
  value: queue.queueUrl,
  grant: (grantee) => queue.grant(grantee, 'sqs:SendMessage'),
});

/** The queue's URL, with the right to set when a received message comes back. */
export const returnsTo = (queue: IQueue): Binding => ({
  value: queue.queueUrl,
  grant: (grantee) => queue.grant(grantee, 'sqs:ChangeMessageVisibility'),
});

/** The secret's ARN, with the right to read its value. */
export const reads = (secret: Secret): Binding => ({
  value: secret.secretArn,
  grant: (grantee) =>
    Grant.addToPrincipal({
      grantee,
      actions: ['secretsmanager:GetSecretValue'],
      resourceArns: [secret.secretArn],
    }),
});
