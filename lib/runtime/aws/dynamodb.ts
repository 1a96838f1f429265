import { Client, operation } from './client.ts';
import { jsonProtocol } from './json-protocol.ts';
import type { ClientSettings } from './place.ts';
import { ServiceError } from './service-error.ts';

/** Its `Item` is the one that the condition was held against. */
export class ConditionalCheckFailedException extends ServiceError {}

const protocol = jsonProtocol({
  target: 'DynamoDB_20120810',
  version: '1.0',
  bytes: ['B', 'BS'],
  errors: { ConditionalCheckFailedException },
});

export class DynamoDBClient extends Client {
  constructor(settings: ClientSettings) {
    super('dynamodb', protocol, settings);
  }
}

export const BatchGetItemCommand = operation('BatchGetItem');
export const BatchWriteItemCommand = operation('BatchWriteItem');
export const DeleteItemCommand = operation('DeleteItem');
export const GetItemCommand = operation('GetItem');
export const PutItemCommand = operation('PutItem');
export const QueryCommand = operation('Query');
export const UpdateItemCommand = operation('UpdateItem');
