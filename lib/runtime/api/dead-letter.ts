import type { Message } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import type { redriveOrder } from '../../api/schemas/operations.ts';
import { parseJobMessage, type RejectionReason, rejectionReasons } from '../../pipeline/job/job-message.ts';
import { messageText } from '../../pipeline/job/message-text.ts';
import { parseLaneMessage } from '../../pipeline/job/sealed-message.ts';
import { jsonText } from '../../pipeline/json-text.ts';
import type { Subjects } from '../../pipeline/privacy/subject.ts';
import { continueTrace } from '../trace.ts';
import type { LaneMessage } from './lane-sender.ts';

/** A message that was set aside, as far as it matters to whoever sends it back. */
export type DeadLetter = {
  receipt: string;
  /** When it was set aside by Relay, or first sent if SQS moved it. */
  sentAtMs: number;
  /** Why it is no job; without one it may be done. */
  reason: RejectionReason | undefined;
  tenantId: string | undefined;
  /** Whose data it holds, if that can be read. */
  subjects: Subjects | undefined;
  /** What goes back to the lane. */
  message: Omit<LaneMessage, 'lane'>;
};

type Filter = NonNullable<z.infer<typeof redriveOrder>['filter']>;

/** Whether a letter is meant by a filter. One without a reason means letters that may be jobs. */
export const isMeant = (letter: DeadLetter, { reason, tenantId, sentAfter, sentBefore }: Filter): boolean =>
  letter.reason === reason &&
  (tenantId === undefined || letter.tenantId === tenantId) &&
  (sentAfter === undefined || letter.sentAtMs >= Date.parse(sentAfter)) &&
  (sentBefore === undefined || letter.sentAtMs < Date.parse(sentBefore));

/** Reads a message of a dead-letter queue. The worker's reason counts; what was never read has the reason of today. */
export const readDeadLetter = (message: Message): DeadLetter => {
  const { MessageId = '', ReceiptHandle = '', Body = '', Attributes = {}, MessageAttributes = {} } = message;
  const text = (name: string) => MessageAttributes[name]?.StringValue ?? '';
  const sourceId = text('sourceMessageId') || MessageId;
  const parsed = parseLaneMessage(Body);
  const today = parsed.kind === 'rejected' ? parsed.rejection.reason : undefined;
  const { traceparent, correlationId } = continueTrace({
    traceparent: text('traceparent'),
    correlationId: text('correlationId'),
    seed: sourceId,
  });
  return {
    receipt: ReceiptHandle,
    sentAtMs: Number(Attributes.SentTimestamp),
    reason: rejectionReasons.find((reason) => reason === text('reason')) ?? today,
    tenantId: tenantIn(Body),
    subjects: subjectsIn.safeParse(Body).data,
    message: { body: withJobId(Body, sourceId), traceparent, correlationId },
  };
};

const named = z.pipe(jsonText, z.object({ tenantId: z.string() }));

/** Also of a message that is no job for another reason. */
const subjectsIn = z.pipe(
  jsonText,
  z.object({
    tenantId: z.string(),
    creatorId: z._default(z.string(), ''),
    subjectRefs: z._default(z.array(z.string()), []),
  }),
);

const tenantIn = (body: string): string | undefined => named.safeParse(body).data?.tenantId;

/**
 * A job that its producer has not named is named after its message, and SQS gives that another id when it is sent
 * again: without the first one in its body it would be another job, and two copies of it would be two.
 */
const withJobId = (body: string, sourceId: string): string => {
  const parsed = parseJobMessage(body);
  if (parsed.kind === 'rejected') return body;
  const { message } = parsed;
  if (message.jobId !== undefined || message.idempotencyKey !== undefined) return body;
  const renamed = messageText({ ...message, jobId: sourceId });
  return parseJobMessage(renamed).kind === 'job' ? renamed : body;
};
