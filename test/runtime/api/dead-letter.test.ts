import type { Message } from '@aws-sdk/client-sqs';
import {
  MAX_MESSAGE_BYTES,
  parseJobMessage,
  rejectionReasons,
} from '../../../lib/pipeline/job/job-message.ts';
import { isMeant, readDeadLetter } from '../../../lib/runtime/api/dead-letter.ts';
import { jobFromRecord } from '../../../lib/runtime/job-from-record.ts';
import { aMessage } from '../../builders.ts';
import { aRecord } from '../sqs-record.ts';

const SENT_MS = Date.parse('2026-11-26T08:00:00Z');

const aLetter = (body: unknown = aMessage(), attributes: Record<string, string> = {}): Message => ({
  MessageId: '0b6c1f5e-4f0e-4a6e-9a70-6f5f1f4f9c11',
  ReceiptHandle: 'receipt',
  Body: typeof body === 'string' ? body : JSON.stringify(body),
  Attributes: { SentTimestamp: String(SENT_MS) },
  MessageAttributes: Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  ),
});

describe('a filter of dead letters', () => {
  const letter = readDeadLetter(aLetter());

  it.each([
    ['all that may be jobs', {}, true],
    ['their tenant', { tenantId: 'tenant-a' }, true],
    ['another tenant', { tenantId: 'tenant-b' }, false],
    ['the instant at which it was sent, and later', { sentAfter: '2026-11-26T09:00:00+01:00' }, true],
    ['later than it was sent', { sentAfter: '2026-11-26T08:00:00.001Z' }, false],
    ['before a later instant', { sentBefore: '2026-11-26T08:00:00.001Z' }, true],
    ['before the instant at which it was sent', { sentBefore: '2026-11-26T08:00:00Z' }, false],
    [
      'two things of which one is not so',
      { tenantId: 'tenant-a', sentBefore: '2026-11-26T07:00:00Z' },
      false,
    ],
    ['letters that are no job', { reason: 'invalid' as const }, false],
  ])('means by %s', (_what, filter, expected) => {
    expect(isMeant(letter, filter)).toBe(expected);
  });

  it.each(rejectionReasons)('means what was set aside as %s when it says so, and only then', (reason) => {
    const rejected = readDeadLetter(aLetter('{"tenantId": "tenant-a"}', { reason }));
    const filters = [{ reason }, { reason, tenantId: 'tenant-a' }, {}, { tenantId: 'tenant-a' }];
    expect(filters.map((filter) => isMeant(rejected, filter))).toEqual([true, true, false, false]);
  });

  it('takes no word of a producer for a reason, and finds one for what has lost its own', () => {
    expect(readDeadLetter(aLetter(aMessage(), { reason: 'my own' })).reason).toBeUndefined();
    expect(readDeadLetter(aLetter('x'.repeat(MAX_MESSAGE_BYTES + 1))).reason).toBe('too-large');
  });
});

/** The job that a worker makes of what goes back, under the new id that SQS gives it. */
const jobOf = (letter: Message) => {
  const { message } = readDeadLetter(letter);
  const { body, traceparent, correlationId } = message;
  const attributes = { traceparent, correlationId };
  const read = jobFromRecord(aRecord({ messageId: 'new-id', body, attributes }), {
    lane: 'low',
    patienceMs: 1,
  });
  if (read.kind !== 'job') throw new Error(read.rejection.detail);
  return read.job;
};

/** The job that it was when it came the first time. */
const firstJobOf = (letter: Message, messageId = letter.MessageId ?? '') => {
  const read = jobFromRecord(aRecord({ messageId, body: letter.Body ?? '' }), { lane: 'low', patienceMs: 1 });
  if (read.kind !== 'job') throw new Error(read.rejection.detail);
  return read.job;
};

describe('a message that goes back', () => {
  it.each([
    ['nothing, and is named after its first message', aMessage()],
    ['a jobId', aMessage({ jobId: 'mine' })],
    ['a key', aMessage({ idempotencyKey: 'my key' })],
  ])('is the same job in the same trace when its producer has named it by %s', (_what, message) => {
    const letter = aLetter(message);
    const again = jobOf(letter);
    const first = firstJobOf(letter);
    expect(again).toMatchObject({ jobId: first.jobId, message: { ...message } });
    expect(again.trace.traceId).toBe(first.trace.traceId);
  });

  it('keeps trace and correlation of its producer', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { trace } = jobOf(aLetter(aMessage(), { traceparent, correlationId: 'order 7' }));
    expect(trace).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      correlationId: 'order 7',
    });
  });

  it('is named after the message that a worker has set aside, when that is a job by now', () => {
    const letter = aLetter(aMessage(), { reason: 'invalid', sourceMessageId: 'source-1' });
    expect(jobOf(letter).jobId).toBe(firstJobOf(letter, 'source-1').jobId);
  });

  it('stays as it is when it is no job, or has no room for a name', () => {
    const content = 'x'.repeat(87_000);
    const pad = (bytes: number) =>
      JSON.stringify(aMessage({ input: { messages: [content, content, 'x'.repeat(bytes)].map(turnOf) } }));
    const full = pad(1 + MAX_MESSAGE_BYTES - Buffer.byteLength(pad(1)));
    expect(parseJobMessage(full).kind).toBe('job');
    for (const body of ['{"odd": 1}', 'no JSON', full])
      expect(readDeadLetter(aLetter(body)).message.body).toBe(body);
  });
});

const turnOf = (content: string) => ({ role: 'user' as const, content });
