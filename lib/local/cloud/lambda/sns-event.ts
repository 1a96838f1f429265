import * as z from 'zod';

/** What SNS puts around a message for a queue; a function gets the same parts by other names. */
const envelope = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(
    z.object({
      MessageId: z.string(),
      TopicArn: z.string(),
      Subject: z.string().nullable().default(null),
      Message: z.string(),
      Timestamp: z.string(),
      SignatureVersion: z.string(),
      Signature: z.string(),
      SigningCertURL: z.string(),
      UnsubscribeURL: z.string(),
      MessageAttributes: z.record(z.string(), z.object({ Type: z.string(), Value: z.string() })).default({}),
    }),
  );

/** What a function is invoked with, of one message (Lambda, "Process Amazon SNS notifications with Lambda"). */
export const toSnsEvent = (enveloped: string): string => {
  const { SigningCertURL, UnsubscribeURL, ...message } = envelope.parse(enveloped);
  const EventSubscriptionArn = new URL(UnsubscribeURL).searchParams.get('SubscriptionArn');
  const Sns = {
    Type: 'Notification',
    ...message,
    SigningCertUrl: SigningCertURL,
    UnsubscribeUrl: UnsubscribeURL,
  };
  return JSON.stringify({
    Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn, Sns }],
  });
};
