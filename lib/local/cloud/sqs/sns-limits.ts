import * as z from 'zod';

// Limits of SNS that fauxqs does not hold: the API reference of Publish and PublishBatch.

/** Unless the topic allows more. */
const MAX_BYTES = 262_144;
const MAX_SUBJECT = 100;

/** A refusal, in the names of the query protocol. */
export type SnsRefusal = { code: string; message: string };

const published = z.record(z.string(), z.string());

/** What is wrong with a call of the query protocol, whose fields are flat. */
export const overSnsLimit = (action: string, body: unknown): SnsRefusal | undefined => {
  const fields = published.safeParse(body).data;
  if (fields === undefined) return undefined;
  switch (action) {
    case 'Publish':
      return invalidSubject(fields) ?? emptyAttribute(fields);
    case 'PublishBatch':
      return longBatch(fields);
    default:
      return undefined;
  }
};

type Fields = z.infer<typeof published>;

const invalidSubject = ({ Subject }: Fields): SnsRefusal | undefined =>
  Subject === undefined || new RegExp(`^[ -~]{1,${MAX_SUBJECT}}$`).test(Subject)
    ? undefined
    : { code: 'InvalidParameter', message: 'Invalid parameter: Subject' };

const emptyAttribute = (fields: Fields): SnsRefusal | undefined => {
  const empty = Object.entries(fields).find(
    ([name, value]) => value === '' && /^MessageAttributes\.entry\.\d+\.Value\.\w+Value$/.test(name),
  );
  return (
    empty && {
      code: 'ParameterValueInvalid',
      message: 'The message attribute must contain non-empty message attribute value for its type.',
    }
  );
};

const longBatch = (fields: Fields): SnsRefusal | undefined => {
  const counted = /\.(Message|Subject|Name|DataType|StringValue|BinaryValue)$/;
  const bytes = Object.entries(fields)
    .filter(([name]) => counted.test(name))
    .reduce((sum, [, value]) => sum + Buffer.byteLength(value), 0);
  return bytes > MAX_BYTES
    ? {
        code: 'BatchRequestTooLong',
        message: `The length of all the batch messages put together is more than the limit of ${MAX_BYTES} bytes.`,
      }
    : undefined;
};

/** As SNS writes it. */
export const snsError = ({ code, message }: SnsRefusal): string =>
  '<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type>' +
  `<Code>${code}</Code><Message>${message}</Message></Error><RequestId>refused</RequestId></ErrorResponse>`;
