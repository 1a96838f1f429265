import type { SQSRecord } from 'aws-lambda';
import { aMessage } from '../builders.ts';

type Given = {
  messageId?: string;
  body?: string;
  /** How often SQS has handed the message out, this time included. */
  receives?: number;
  sentAtMs?: number;
  /** The producer's message attributes, all of them strings. */
  attributes?: Record<string, string>;
};

/** A record as Lambda hands it over, with a valid job in it; the differences are what a test is about. */
export const aRecord = (given: Given = {}): SQSRecord => {
  const { messageId = 'message-1', body = JSON.stringify(aMessage()), receives = 1, sentAtMs = 0 } = given;
  return {
    messageId,
    receiptHandle: `handle of ${messageId}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(sentAtMs),
      SenderId: 'AIDASENDER',
      ApproximateFirstReceiveTimestamp: String(sentAtMs),
    },
    messageAttributes: Object.fromEntries(
      Object.entries(given.attributes ?? {}).map(([name, stringValue]) => [
        name,
        { stringValue, dataType: 'String' },
      ]),
    ),
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-3:000000000000:relay-test-critical',
    awsRegion: 'eu-west-3',
  };
};
