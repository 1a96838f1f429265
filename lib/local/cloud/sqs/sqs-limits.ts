import * as z from 'zod';
import { withGroup } from './fauxqs-corrections.ts';
import type { SqsAnswer } from './move-tasks.ts';

// Limits of SQS that fauxqs does not hold: "Amazon SQS message quotas". test/contract/limits.test.ts shows each.

const MAX_DELAY_SECONDS = 900;
const MAX_ATTRIBUTES = 10;
const MAX_BATCH_ENTRIES = 10;

const attribute = z.looseObject({
  DataType: z.string(),
  StringValue: z.string().optional(),
  BinaryValue: z.string().optional(),
});

const message = z.looseObject({
  DelaySeconds: z.number().optional(),
  MessageGroupId: z.string().optional(),
  MessageAttributes: z.record(z.string(), attribute).optional(),
});
type Message = z.infer<typeof message>;

const batch = z.looseObject({ Entries: z.array(message.extend({ Id: z.string() })) });
const namedQueue = z.looseObject({ QueueName: z.string() });

/** An entry of a batch that is refused while the others are carried out. */
export type FailedEntry = { Id: string; SenderFault: true; Code: string; Message: string };

/** What is left of a request: a refusal of the whole, or the entries of a batch that are within the limits. */
export type Admission =
  | { kind: 'refused'; answer: SqsAnswer }
  | { kind: 'admitted'; body: unknown; failed: readonly FailedEntry[] };

/** Holds a request against the limits. */
export const admitToSqs = (action: string, body: unknown): Admission => {
  switch (action) {
    case 'SendMessage':
      return admitMessage(body);
    case 'SendMessageBatch':
      return admitBatch(body);
    case 'CreateQueue':
      return admitOrRefuse(body, problemOfName(namedQueue.safeParse(body).data?.QueueName));
    default:
      return { kind: 'admitted', body, failed: [] };
  }
};

const admitMessage = (body: unknown): Admission => {
  const { data } = message.safeParse(body);
  return admitOrRefuse(data === undefined ? body : grouped(data), problemOf(data));
};

const grouped = (sent: Message): Message => ({
  ...sent,
  MessageAttributes: withGroup(sent.MessageAttributes ?? {}, sent.MessageGroupId),
});

const admitOrRefuse = (body: unknown, problem: string | undefined): Admission =>
  problem === undefined
    ? { kind: 'admitted', body, failed: [] }
    : { kind: 'refused', answer: refusal('InvalidParameterValue', problem) };

const refusal = (type: string, sentence: string): SqsAnswer => ({
  status: 400,
  body: { __type: `com.amazonaws.sqs#${type}`, message: sentence },
});

const admitBatch = (body: unknown): Admission => {
  const { data } = batch.safeParse(body);
  if (data === undefined || data.Entries.length > MAX_BATCH_ENTRIES)
    return { kind: 'admitted', body, failed: [] };
  if (data.Entries.some(({ Id }) => !/^[\w-]{1,80}$/.test(Id)))
    return { kind: 'refused', answer: refusal('InvalidBatchEntryId', INVALID_ID) };
  const failed = data.Entries.flatMap((entry): FailedEntry[] => {
    const problem = problemOf(entry);
    return problem === undefined
      ? []
      : [{ Id: entry.Id, SenderFault: true, Code: 'InvalidParameterValue', Message: problem }];
  });
  const ids = new Set(failed.map(({ Id }) => Id));
  const Entries = data.Entries.filter(({ Id }) => !ids.has(Id)).map(grouped);
  if (failed.length > 0 && Entries.length === 0)
    return { kind: 'refused', answer: { status: 200, body: { Failed: failed } } };
  return { kind: 'admitted', body: { ...data, Entries }, failed };
};

const answered = z.looseObject({ Failed: z.array(z.unknown()).default([]) });

/** The answer to a batch, with the entries that were kept out of it. */
export const withFailed = (payload: string, failed: readonly FailedEntry[]): string => {
  const answer = answered.safeParse(JSON.parse(payload)).data;
  return answer === undefined
    ? payload
    : JSON.stringify({ ...answer, Failed: [...answer.Failed, ...failed] });
};

const INVALID_ID =
  'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.';

const problemOf = ({
  DelaySeconds = 0,
  MessageGroupId,
  MessageAttributes = {},
}: Message = {}): string | undefined => {
  if (DelaySeconds < 0 || DelaySeconds > MAX_DELAY_SECONDS)
    return `Value ${DelaySeconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= ${MAX_DELAY_SECONDS}.`;
  if (MessageGroupId !== undefined && !/^[!-~]{1,128}$/.test(MessageGroupId))
    return `Value ${MessageGroupId} for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.`;
  const attributes = Object.entries(MessageAttributes);
  if (attributes.length > MAX_ATTRIBUTES)
    return `Number of message attributes [${attributes.length}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`;
  return attributes.map(problemOfAttribute).find((problem) => problem !== undefined);
};

const problemOfAttribute = ([name, { DataType, StringValue, BinaryValue }]: [
  string,
  z.infer<typeof attribute>,
]): string | undefined => {
  if (!/^[\w.-]{1,256}$/.test(name) || /^\.|\.$|\.\./.test(name))
    return `Message (user) attribute name "${name}" is invalid: it can contain the characters A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.), and has up to 256 of them.`;
  if (/^(aws|amazon)\./i.test(name))
    return `Message (user) attribute name "${name}" is invalid: it cannot begin with a reserved prefix.`;
  const [type] = DataType.split('.');
  if (type !== 'String' && type !== 'Number' && type !== 'Binary')
    return `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`;
  const value = type === 'Binary' ? BinaryValue : StringValue;
  return value === undefined || value === ''
    ? `Message (user) attribute '${name}' must contain a non-empty value of type '${type}'.`
    : undefined;
};

const problemOfName = (name: string | undefined): string | undefined =>
  name === undefined || /^[\w-]{1,80}$/.test(name) || /^[\w-]{1,75}\.fifo$/.test(name)
    ? undefined
    : 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length';

/** The errors whose names in the older protocol have a prefix; fauxqs gives it to all, and SDKs read that name. */
const prefixed = new Set([
  'BatchEntryIdsNotDistinct',
  'BatchRequestTooLong',
  'EmptyBatchRequest',
  'InvalidBatchEntryId',
  'MessageNotInflight',
  'NonExistentQueue',
  'PurgeQueueInProgress',
  'TooManyEntriesInBatchRequest',
  'UnsupportedOperation',
]);

/** The header `x-amzn-query-error` as SQS sends it. */
export const queryError = (header: string): string => {
  const [, code = '', fault = ''] = /^AWS\.SimpleQueueService\.(\w+);(\w+)$/.exec(header) ?? [];
  return code === '' || prefixed.has(code) ? header : `${code};${fault}`;
};
