import { JsonClient, type JsonService, operation } from './json-client.ts';
import type { ClientSettings } from './place.ts';

const sqs: JsonService = {
  name: 'sqs',
  target: 'AmazonSQS',
  version: '1.0',
  bytes: new Set(['BinaryValue']),
  errors: {},
};

export class SQSClient extends JsonClient {
  constructor(settings: ClientSettings) {
    super(sqs, settings);
  }
}

export const ChangeMessageVisibilityBatchCommand = operation('ChangeMessageVisibilityBatch');
export const DeleteMessageCommand = operation('DeleteMessage');
export const GetQueueAttributesCommand = operation('GetQueueAttributes');
export const GetQueueUrlCommand = operation('GetQueueUrl');
export const ListMessageMoveTasksCommand = operation('ListMessageMoveTasks');
export const ReceiveMessageCommand = operation('ReceiveMessage');
export const SendMessageBatchCommand = operation('SendMessageBatch');
export const SendMessageCommand = operation('SendMessage');
export const StartMessageMoveTaskCommand = operation('StartMessageMoveTask');
