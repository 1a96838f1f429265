import * as z from 'zod';
import type { Deployment } from '../assembly/deployment.ts';
import { arnIn } from '../assembly/template-value.ts';
import type { AwsRequest } from '../aws-request.ts';
import { keyOf } from '../kms/wrapping.ts';
import type { Need } from './access.ts';
import { dynamoDbNeeds, type KnownTables, type PartitionKeys } from './dynamodb-needs.ts';
import { type Encryption, READING, WRITING } from './encryption.ts';

/** Says what a request needs: all of it must be allowed. */
export type NeedsOf = (request: AwsRequest, input: object) => Need[];

type Resources = Pick<Deployment, 'tables' | 'secrets'>;

export const createNeeds = (deployment: Resources, encryption: Encryption, region: string): NeedsOf => {
  const tables = knownTables(deployment, region);
  return ({ service, action }, input) => {
    switch (service) {
      case 'dynamodb':
        return dynamoDbNeeds(tables, action, input);
      case 'sqs':
        return sqsNeeds(region, encryption, action, input);
      case 'sns':
        return snsNeeds(encryption, action, input);
      case 'secretsmanager':
        return secretNeeds(deployment, encryption, action, input);
      case 'kms':
        return kmsNeeds(region, action, input);
      case 's3':
        return s3Needs(region, action, input);
    }
  };
};

const objectOfBucket = z.object({ bucket: z.string(), key: z.string() });

/** A list is of the bucket, all else of an object in it. */
const s3Needs = (region: string, action: string, input: object): Need[] => {
  const { data } = objectOfBucket.safeParse(input);
  if (data === undefined) return [];
  const bucket = arnIn(region, 's3', data.bucket);
  if (action === 'ListObjectsV2') return [{ action: 's3:ListBucket', resource: bucket, context: {} }];
  return [{ action: `s3:${action}`, resource: `${bucket}/${data.key}`, context: {} }];
};

const knownTables = ({ tables }: Resources, region: string): KnownTables => {
  const keys = new Map(tables.map(({ name, definition }) => [name, partitionKeysIn(definition)]));
  const nameIn = (table: string) => table.slice(table.lastIndexOf('/') + 1);
  return {
    arnOf: (table) => arnIn(region, 'dynamodb', nameIn(table)),
    partitionKeysOf: (table) => keys.get(nameIn(table)) ?? new Map(),
  };
};

const partitionKeysIn = (definition: Deployment['tables'][number]['definition']): PartitionKeys => {
  const { KeySchema, GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [] } = definition;
  const hashOf = (schema: typeof KeySchema) =>
    schema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? '';
  return new Map([
    ['', hashOf(KeySchema)],
    ...[...GlobalSecondaryIndexes, ...LocalSecondaryIndexes].map((index): [string, string] => [
      index.IndexName,
      hashOf(index.KeySchema),
    ]),
  ]);
};

const sqsInput = z.object({
  QueueUrl: z.string().optional(),
  QueueName: z.string().optional(),
  SourceArn: z.string().optional(),
  DestinationArn: z.string().optional(),
});

/** What SQS checks of a move besides its own action (Developer Guide, "Configuring permissions for a redrive"). */
const MOVING = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'];

const besides: Readonly<Record<string, readonly string[]>> = {
  StartMessageMoveTask: MOVING,
  ListMessageMoveTasks: MOVING,
  CancelMessageMoveTask: MOVING,
};

const keyActions: Readonly<Record<string, readonly string[]>> = {
  SendMessage: WRITING,
  ReceiveMessage: READING,
};

const sqsNeeds = (region: string, encryption: Encryption, operation: string, input: object): Need[] => {
  const { QueueUrl, QueueName, SourceArn, DestinationArn } = sqsInput.safeParse(input).data ?? {};
  const name = QueueName ?? QueueUrl?.slice(QueueUrl.lastIndexOf('/') + 1);
  const resource = SourceArn ?? (name === undefined ? '*' : arnIn(region, 'sqs', name));
  // One right covers a message and a batch of them.
  const action = operation.replace(/Batch$/, '');
  const needs = [action, ...(besides[action] ?? [])].map((each) => need(`sqs:${each}`, resource));
  if (DestinationArn !== undefined) needs.push(need('sqs:SendMessage', DestinationArn));
  return [...needs, ...encryption(resource, keyActions[action] ?? [])];
};

const snsInput = z.object({ TopicArn: z.string().optional(), TargetArn: z.string().optional() });

const snsNeeds = (encryption: Encryption, operation: string, input: object): Need[] => {
  const { TopicArn, TargetArn } = snsInput.safeParse(input).data ?? {};
  const resource = TopicArn ?? TargetArn ?? '*';
  const publishes = operation.startsWith('Publish');
  const action = publishes ? 'sns:Publish' : `sns:${operation}`;
  return [need(action, resource), ...(publishes ? encryption(resource, WRITING) : [])];
};

const secretInput = z.object({ SecretId: z.string() });

const secretNeeds = (
  { secrets }: Resources,
  encryption: Encryption,
  operation: string,
  input: object,
): Need[] => {
  const id = secretInput.safeParse(input).data?.SecretId ?? '*';
  const resource = secrets.find(({ name, arn }) => name === id || arn.startsWith(id))?.arn ?? id;
  return [need(`secretsmanager:${operation}`, resource), ...encryption(resource, READING)];
};

const kmsInput = z.object({
  KeyId: z.string().optional(),
  CiphertextBlob: z.base64().optional(),
  EncryptionContext: z.record(z.string(), z.string()).default({}),
});

/** A ciphertext that comes without its key's name has it inside. */
const kmsNeeds = (region: string, operation: string, input: object): Need[] => {
  const { KeyId, CiphertextBlob, EncryptionContext = {} } = kmsInput.safeParse(input).data ?? {};
  const id = KeyId ?? keyOf(Buffer.from(CiphertextBlob ?? '', 'base64'));
  const resource = id.startsWith('arn:') ? id : arnIn(region, 'kms', id);
  const context = Object.entries(EncryptionContext).map(([key, value]): [string, string] => [
    `kms:EncryptionContext:${key}`,
    value,
  ]);
  return [{ action: `kms:${operation}`, resource, context: Object.fromEntries(context) }];
};

const need = (action: string, resource: string): Need => ({ action, resource, context: {} });
