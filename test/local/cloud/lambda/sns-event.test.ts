import { toSnsEvent } from '../../../../lib/local/cloud/lambda/sns-event.ts';

it('a message without subject and attributes has both of them empty, as Lambda gives it', () => {
  const subscription = 'arn:aws:sns:eu-west-3:000000000000:news:1';
  const envelope = {
    ...{ Type: 'Notification', MessageId: 'id', TopicArn: 'topic', Message: 'text', Timestamp: 'now' },
    ...{ SignatureVersion: '1', Signature: 's', SigningCertURL: 'https://sns/pem' },
    UnsubscribeURL: `https://sns/?Action=Unsubscribe&SubscriptionArn=${subscription}`,
  };
  expect(JSON.parse(toSnsEvent(JSON.stringify(envelope)))).toMatchObject({
    Records: [{ EventSubscriptionArn: subscription, Sns: { Subject: null, MessageAttributes: {} } }],
  });
});
