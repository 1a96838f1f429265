import { Client, operation } from './client.ts';
import { jsonProtocol } from './json-protocol.ts';
import type { ClientSettings } from './place.ts';

const protocol = jsonProtocol({
  target: 'AmazonSQS',
  version: '1.0',
  bytes: ['BinaryValue'],
});

export class SQSClient extends Client {
  constructor(settings: ClientSettings) {
    super('sqs', protocol, settings);
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
