import { Aws, Validations } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { allow, type Binding } from './binding.ts';

/** The bucket's name, with the right to fetch objects, and so to hand out links to them. */
export const fetchesFrom = (bucketName: string): Binding => ({
  value: bucketName,
  grant: (grantee) => allowObjects(grantee, ['s3:GetObject'], bucketName),
});

/** The bucket's name, with the right to put objects into it, and to list and delete them. */
export const keepsObjectsIn = (bucketName: string): Binding => ({
  value: bucketName,
  grant: (grantee) => {
    allowObjects(grantee, ['s3:DeleteObject', 's3:PutObject'], bucketName);
    allow(grantee, ['s3:ListBucket'], arnOf(bucketName));
  },
});

/** The table's name, with the right to find jobs by an index, to read them, and to erase them. */
export const erasesJobsIn = (table: TableV2, indexName: string): Binding => ({
  value: table.tableName,
  grant: (grantee) => {
    allow(grantee, ['dynamodb:DeleteItem', 'dynamodb:GetItem'], table.tableArn);
    allow(grantee, ['dynamodb:Query'], `${table.tableArn}/index/${indexName}`);
  },
});

/** The table's name, with the right to find records by partition and by an index, and to change them. */
export const changesRecordsIn = (table: TableV2, indexName: string): Binding => ({
  value: table.tableName,
  grant: (grantee) => {
    allow(grantee, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'], table.tableArn);
    allow(grantee, ['dynamodb:Query'], `${table.tableArn}/index/${indexName}`);
  },
});

/** The URL of a dead-letter queue, with the right to look through it and to take messages out. */
export const looksThrough = (queue: IQueue): Binding => ({
  value: queue.queueUrl,
  grant: (grantee) =>
    queue.grant(grantee, 'sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:ReceiveMessage'),
});

/** The URL of a dead-letter queue, with the right to look through it, and to put back what was seen. */
export const showsLettersOf = (queue: IQueue): Binding => ({
  value: queue.queueUrl,
  grant: (grantee) => queue.grant(grantee, 'sqs:ChangeMessageVisibility', 'sqs:ReceiveMessage'),
});

/** The bucket's name, with the right to see which objects there are. */
export const listsObjectsOf = (bucketName: string): Binding => ({
  value: bucketName,
  grant: (grantee) => allow(grantee, ['s3:ListBucket'], arnOf(bucketName)),
});

/** The table's name, with the right to find jobs by an index. */
export const findsJobsIn = (table: TableV2, indexName: string): Binding => ({
  value: table.tableName,
  grant: (grantee) => allow(grantee, ['dynamodb:Query'], `${table.tableArn}/index/${indexName}`),
});

/** The table's name, with the right to read keys and marks of subjects, and to destroy and to set them. */
export const destroysKeysIn = (table: TableV2): Binding => ({
  value: table.tableName,
  grant: (grantee) => allow(grantee, ['dynamodb:BatchGetItem', 'dynamodb:UpdateItem'], table.tableArn),
});

/** The key's ARN, with the right to wrap data keys with it, and to unwrap them. */
export const wrapsWith = (key: Key): Binding => ({
  value: key.keyArn,
  grant: (grantee) => allow(grantee, ['kms:Decrypt', 'kms:GenerateDataKey'], key.keyArn),
});

/** The key's ARN, with the right to sign with it. */
export const signsWith = (key: Key): Binding => ({
  value: key.keyArn,
  grant: (grantee) => allow(grantee, ['kms:Sign'], key.keyArn),
});

const allowObjects = (grantee: IGrantable, actions: string[], bucketName: string): void => {
  const all = `${arnOf(bucketName)}/*`;
  allow(grantee, actions, all);
  if (!Construct.isConstruct(grantee)) return;
  const finding = all.replaceAll(Aws.ACCOUNT_ID, '<AWS::AccountId>');
  Validations.of(grantee).acknowledge({
    id: `AwsSolutions-IAM5[Resource::${finding}]`,
    reason: 'Objects are named as they are written, and the bucket has no others.',
  });
};

/** Not the bucket's own token, which no acknowledgement could name across stacks. */
const arnOf = (bucketName: string): string => `arn:aws:s3:::${bucketName}`;
