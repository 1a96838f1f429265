import * as z from 'zod';

/** What a rule may name. Any other would strike nothing, and look like a Relay that withstands everything. */
const dynamoDbOperations = [
  'BatchGetItem',
  'BatchWriteItem',
  'DeleteItem',
  'GetItem',
  'PutItem',
  'Query',
  'Scan',
  'TransactGetItems',
  'TransactWriteItems',
  'UpdateItem',
] as const;

const kmsOperations = ['Decrypt', 'GenerateDataKey', 'Sign'] as const;

const otherOperations = [
  'ChangeMessageVisibility',
  'ChangeMessageVisibilityBatch',
  'DeleteMessage',
  'DeleteMessageBatch',
  'GetQueueUrl',
  'GetSecretValue',
  'Publish',
  'PublishBatch',
  'ReceiveMessage',
  'SendMessage',
  'SendMessageBatch',
] as const;

export const storeOperation = z.enum([...dynamoDbOperations, ...kmsOperations]);

export const isOfKms = (operation: string | undefined): boolean =>
  kmsOperations.some((known) => known === operation);

/** What a function may send: an operation of AWS, or `model` for whatever is not AWS. */
export const functionRequest = z.enum([...dynamoDbOperations, ...kmsOperations, ...otherOperations, 'model']);
