import { randomUUID } from 'node:crypto';
import { type JobMessageInput, parseJobMessage, type Rejection } from '../pipeline/job/job-message.ts';
import type { LaneName } from '../pipeline/job/lane.ts';
import { messageText } from '../pipeline/job/message-text.ts';
import { xmlText } from '../pipeline/xml-text.ts';
import { jobIdNamedBy } from '../runtime/job-id.ts';
import { correlationIdIn, isTraceparent, newTraceparent } from '../runtime/trace.ts';

/** A job, and what its producer knows it by. */
export type JobToSend = {
  job: JobMessageInput;
  /** W3C trace context to continue. Without one, or with one that is malformed, the job begins a trace of its own. */
  traceparent?: string;
  /** Kept on the job's row: 128 characters of it. */
  correlationId?: string;
};

type Attributes = Record<string, { DataType: 'String'; StringValue: string }>;

/** A message that its lane will take for a job. */
export type Outgoing = {
  kind: 'outgoing';
  jobId: string;
  lane: LaneName;
  body: string;
  attributes: Attributes;
  /** What SQS counts: the body, and name, type and value of every attribute, in UTF-8. */
  bytes: number;
};

/** No message was sent. `detail` names fields only, never what was written in them. */
export type Refused = { kind: 'refused' } & Rejection;

/** Holds a job to the rules by which its lane's worker will read it. Never throws. */
export const outgoingOf = ({ job, traceparent, correlationId }: JobToSend): Outgoing | Refused => {
  const spareId = randomUUID();
  const body = bodyOf(job, spareId);
  if (body === undefined)
    return { kind: 'refused', reason: 'not-json', detail: 'the job cannot be written as JSON' };
  const parsed = parseJobMessage(body);
  if (parsed.kind === 'rejected') return { kind: 'refused', ...parsed.rejection };
  const { message } = parsed;
  const attributes = attributesOf(traceparent, correlationId);
  return {
    kind: 'outgoing',
    jobId: jobIdNamedBy(message) ?? spareId,
    lane: message.priority,
    body,
    attributes,
    bytes: bytesOf(body, attributes),
  };
};

/** A message whose reply was lost is sent again: without a name, each copy would be a job of its own. */
const bodyOf = (job: JobMessageInput, spareId: string): string | undefined => {
  try {
    const isNamed = job.jobId !== undefined || job.idempotencyKey !== undefined;
    return messageText(isNamed ? job : { ...job, jobId: spareId });
  } catch {
    return undefined;
  }
};

const attributesOf = (traceparent = '', correlationId = ''): Attributes => {
  const correlation = xmlText(correlationIdIn(correlationId));
  return {
    traceparent: text(isTraceparent(traceparent) ? traceparent : newTraceparent()),
    ...(correlation !== '' && { correlationId: text(correlation) }), // SQS takes no empty one
  };
};

const text = (StringValue: string): Attributes[string] => ({ DataType: 'String', StringValue });

const bytesOf = (body: string, attributes: Attributes): number =>
  Object.entries(attributes)
    .flatMap(([name, { DataType, StringValue }]) => [name, DataType, StringValue])
    .reduce((sum, part) => sum + Buffer.byteLength(part), Buffer.byteLength(body));
