import { withMessageForQueues } from '../../../lib/local/cloud/sqs/message-by-protocol.ts';

const forms = JSON.stringify({ default: 'a mail', email: 'a mail', sqs: '{"kind":"notice"}' });

describe('a message that has a form for each protocol', () => {
  it('reaches queues in theirs, in a single call and in each entry of a batch', () => {
    expect(withMessageForQueues({ Action: 'Publish', MessageStructure: 'json', Message: forms })).toEqual({
      Action: 'Publish',
      MessageStructure: 'json',
      Message: '{"kind":"notice"}',
    });
    const entry = (nth: number, field: string) => `PublishBatchRequestEntries.member.${nth}.${field}`;
    const batch = {
      Action: 'PublishBatch',
      [entry(1, 'MessageStructure')]: 'json',
      [entry(1, 'Message')]: forms,
      [entry(2, 'Message')]: forms,
    };
    expect(withMessageForQueues(batch)).toEqual({ ...batch, [entry(1, 'Message')]: '{"kind":"notice"}' });
  });

  it('reaches queues in the default one when they have none of their own', () => {
    const Message = JSON.stringify({ default: 'a mail' });
    expect(withMessageForQueues({ MessageStructure: 'json', Message })).toMatchObject({ Message: 'a mail' });
  });

  it('without a default one is refused, as by SNS', () => {
    expect(() => withMessageForQueues({ MessageStructure: 'json', Message: '{"sqs":"x"}' })).toThrow();
  });
});
