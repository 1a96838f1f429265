import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';

/** A variable of a function's environment that names a resource and brings the right to use it. */
export type Binding = { value: string; grant(grantee: IGrantable): void };

/** The table's name, with the right to claim, look at and end jobs, and to find them by the index. */
export const keepsJobsIn = (table: TableV2, indexName: string): Binding => ({
  value: table.tableName,
  grant: (grantee) => {
    allow(grantee, ['dynamodb:GetItem', 'dynamodb:UpdateItem'], table.tableArn);
    allow(grantee, ['dynamodb:Query'], `${table.tableArn}/index/${indexName}`);
  },
});

/** The same, with the right to enter jobs. */
export const acceptsJobsIn = (table: TableV2, indexName: string): Binding => ({
  value: table.tableName,
  grant: (grantee) => {
    keepsJobsIn(table, indexName).grant(grantee);
    allow(grantee, ['dynamodb:PutItem'], table.tableArn);
  },
});

/** The table's name, with the right to read records by family and to write them, each on a condition. */
export const sharesRecordsIn = (table: TableV2): Binding => ({
  value: table.tableName,
  grant: (grantee) => allow(grantee, ['dynamodb:Query', 'dynamodb:UpdateItem'], table.tableArn),
});

/** The table's name, with the right to read records of these families (`*` at the end for any) and to write them. */
export const sharesFamiliesIn = (table: TableV2, ...families: string[]): Binding => ({
  value: table.tableName,
  grant: (grantee) => allowFamilies(grantee, table, families, ['dynamodb:Query', 'dynamodb:UpdateItem']),
});

/** The table's name, with the right to add items to it. */
export const addsTo = (table: TableV2): Binding => ({
  value: table.tableName,
  grant: (grantee) => allow(grantee, ['dynamodb:BatchWriteItem'], table.tableArn),
});

/** The table's name, with the right to add items to this partition and to no other. */
export const addsToPartition = (table: TableV2, partition: string): Binding => ({
  value: table.tableName,
  grant: (grantee) => allowPartition(grantee, table, partition, ['dynamodb:BatchWriteItem']),
});

/** The same, with the right to read items of any partition. */
export const readsAndAddsToPartition = (table: TableV2, partition: string): Binding => ({
  value: table.tableName,
  grant: (grantee) => {
    allowPartition(grantee, table, partition, ['dynamodb:BatchWriteItem']);
    allow(grantee, ['dynamodb:Query'], table.tableArn);
  },
});

/** The table's name, with the right to read items by partition. */
export const readsPartitionsOf = (table: TableV2): Binding => ({
  value: table.tableName,
  grant: (grantee) => allow(grantee, ['dynamodb:Query'], table.tableArn),
});

/** The table's name, with the right to read items by partition, and to write records of this family. */
export const readsAllAndSharesFamiliesIn = (table: TableV2, ...families: string[]): Binding => ({
  value: table.tableName,
  grant: (grantee) => {
    readsPartitionsOf(table).grant(grantee);
    allowFamilies(grantee, table, families, ['dynamodb:UpdateItem']);
  },
});

/** The table's name, with the right to read items by partition and to add others. */
export const readsAndAddsTo = (table: TableV2): Binding => ({
  value: table.tableName,
  grant: (grantee) => allow(grantee, ['dynamodb:BatchWriteItem', 'dynamodb:Query'], table.tableArn),
});

/** The table's name, with the right to put single items into it, and to get them. */
export const recordsIn = (table: TableV2): Binding => ({
  value: table.tableName,
  grant: (grantee) => allow(grantee, ['dynamodb:GetItem', 'dynamodb:PutItem'], table.tableArn),
});

/** The table's name, with the right to append to this chain of the audit trail, and to see where it ends. */
export const appendsTo = (table: TableV2, chain: string): Binding => ({
  value: table.tableName,
  grant: (grantee) => allowPartition(grantee, table, chain, ['dynamodb:PutItem', 'dynamodb:Query']),
});

/** The table's name, with the right to read all chains of the audit trail, and to append to this one. */
export const readsAndAppendsTo = (table: TableV2, chain: string): Binding => ({
  value: table.tableName,
  grant: (grantee) => {
    readsPartitionsOf(table).grant(grantee);
    allowPartition(grantee, table, chain, ['dynamodb:PutItem']);
  },
});

/** The table's name, with the right to set totals, and to read and take off the marks of late hours. */
export const setsTotalsIn = (table: TableV2): Binding => ({
  value: table.tableName,
  grant: (grantee) =>
    allow(grantee, ['dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:Query'], table.tableArn),
});

/** The queue's URL, with the right to send to it. */
export const sendsTo = (queue: IQueue): Binding => ({
  value: queue.queueUrl,
  grant: (grantee) => queue.grant(grantee, 'sqs:SendMessage'),
});

/** The queue's URL, with the right to send to it and to see how full it is. */
export const feeds = (queue: IQueue): Binding => ({
  value: queue.queueUrl,
  grant: (grantee) => queue.grant(grantee, 'sqs:GetQueueAttributes', 'sqs:SendMessage'),
});

/**
 * The URL of a dead-letter queue, with the right to look through it, to take messages out, and to have SQS move them: a
 * move needs the rights of who would do it by hand, and that to send to where they go.
 */
export const redrives = (queue: IQueue): Binding => ({
  value: queue.queueUrl,
  grant: (grantee) =>
    queue.grant(
      grantee,
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ListMessageMoveTasks',
      'sqs:ReceiveMessage',
      'sqs:StartMessageMoveTask',
    ),
});

/** The queue's URL, with the right to set when a received message comes back. */
export const returnsTo = (queue: IQueue): Binding => ({
  value: queue.queueUrl,
  grant: (grantee) => queue.grant(grantee, 'sqs:ChangeMessageVisibility'),
});

/** The topic's ARN, with the right to publish to it and to use the key that encrypts it, if that is one of ours. */
export const publishesTo = (topic: ITopic, key?: IKey): Binding => ({
  value: topic.topicArn,
  grant: (grantee) => {
    allow(grantee, ['sns:Publish'], topic.topicArn);
    if (key !== undefined) allow(grantee, ['kms:Decrypt', 'kms:GenerateDataKey'], key.keyArn);
  },
});

/** The table's name, with the right to read subjects' keys and marks, to make keys and let them live on. */
export const takesKeysIn = (table: TableV2): Binding => ({
  value: table.tableName,
  grant: (grantee) => {
    allow(grantee, ['dynamodb:BatchGetItem'], table.tableArn);
    Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:UpdateItem'],
      resourceArns: [table.tableArn],
      // tombstones and restrictions are for those who erase
      conditions: {
        'ForAllValues:StringEquals': {
          'dynamodb:Attributes': ['name', 'wrappedKey', 'expiresAt', 'version'],
        },
      },
    });
  },
});

/** The secret's ARN, with the right to read its value. */
export const reads = (secret: Secret): Binding => ({
  value: secret.secretArn,
  grant: (grantee) => allow(grantee, ['secretsmanager:GetSecretValue'], secret.secretArn),
});

/** A table's own grants would reach all of its indexes. */
export const allow = (grantee: IGrantable, actions: string[], resourceArn: string): void => {
  Grant.addToPrincipal({ grantee, actions, resourceArns: [resourceArn] });
};

const allowPartition = (grantee: IGrantable, table: TableV2, partition: string, actions: string[]): void => {
  Grant.addToPrincipal({
    grantee,
    actions,
    resourceArns: [table.tableArn],
    conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [partition] } },
  });
};

const allowFamilies = (
  grantee: IGrantable,
  table: TableV2,
  families: readonly string[],
  actions: string[],
): void => {
  Grant.addToPrincipal({
    grantee,
    actions,
    resourceArns: [table.tableArn],
    conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': families } },
  });
};
