import { succeededMessages } from '../../../lib/local/cloud/lambda/sqs-event.ts';
import type { SqsMessage } from '../../../lib/local/cloud/sqs/sqs-client.ts';

const message = (MessageId: string): SqsMessage => ({
  MessageId,
  ReceiptHandle: `handle of ${MessageId}`,
  Body: '{}',
  MD5OfBody: '',
  Attributes: {},
  MessageAttributes: {},
});

const batch = [message('a'), message('b'), message('c')];

const succeeded = (payload: string): string[] =>
  succeededMessages(payload, batch).map(({ MessageId }) => MessageId);

const failures = (...ids: unknown[]): string =>
  JSON.stringify({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

it.each([
  ['null', 'null'],
  ['an empty object', '{}'],
  ['a list of no failures', failures()],
  ['null for the list', '{"batchItemFailures":null}'],
])('counts a response of %s as the success of the batch', (_, payload) => {
  expect(succeeded(payload)).toEqual(['a', 'b', 'c']);
});

it('keeps back the messages that failed, each counted once', () => {
  expect(succeeded(failures('b'))).toEqual(['a', 'c']);
  expect(succeeded(failures('b', 'b'))).toEqual(['a', 'c']);
  expect(succeeded(failures('a', 'b', 'c'))).toEqual([]);
});

it.each([
  ['a message outside the batch', failures('a', 'z')],
  ['an empty identifier', failures('')],
  ['a null identifier', failures(null)],
  ['a misspelt key', '{"batchItemFailures":[{"itemIdentifer":"a"}]}'],
  ['no JSON', 'batchItemFailures'],
  ['a text', '"done"'],
])('counts a response with %s as the failure of the batch', (_, payload) => {
  expect(succeeded(payload)).toEqual([]);
});
