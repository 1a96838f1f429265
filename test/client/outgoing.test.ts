import fc from 'fast-check';
import { type JobToSend, type Outgoing, outgoingOf } from '../../lib/client/outgoing.ts';
import { type JobMessageInput, MAX_MESSAGE_BYTES } from '../../lib/pipeline/job/job-message.ts';
import { jobFromRecord } from '../../lib/runtime/job-from-record.ts';
import { aRecord } from '../runtime/sqs-record.ts';

/** What has a default is left out. */
const aJob = (changes: Partial<JobMessageInput> = {}): JobMessageInput => ({
  tenantId: 'tenant-a',
  creatorId: 'creator-1',
  subjectRefs: ['fan_0a1b'],
  priority: 'high',
  model: 'gpt-5-nano',
  input: { messages: [{ role: 'user', content: 'Bonjour !' }] },
  ...changes,
});

const saying = (content: string): JobMessageInput =>
  aJob({ input: { messages: [{ role: 'user', content }] } });

const taken = (given: JobToSend): Outgoing => {
  const read = outgoingOf(given);
  if (read.kind === 'refused') throw new Error(read.detail);
  return read;
};

/** The job that a worker makes of a message. */
const received = ({ body, attributes }: Outgoing) => {
  const given = Object.entries(attributes).map(([name, { StringValue }]) => [name, StringValue]);
  const read = jobFromRecord(aRecord({ body, attributes: Object.fromEntries(given) }), {
    lane: 'high',
    patienceMs: 60_000,
  });
  if (read.kind === 'rejected') throw new Error(read.rejection.detail);
  return read.job;
};

describe('a job to send', () => {
  it('is the job that a worker reads, with its defaults', () => {
    const outgoing = taken({ job: aJob({ jobId: 'job-1' }) });
    expect(outgoing).toMatchObject({ jobId: 'job-1', lane: 'high' });
    expect(received(outgoing)).toMatchObject({
      jobId: 'job-1',
      message: { mode: 'draft', priority: 'high' },
    });
  });

  it.each([
    ['its own jobId', aJob({ jobId: 'job-1', idempotencyKey: 'key-1' }), /^job-1$/],
    ['one that its idempotency key decides', aJob({ idempotencyKey: 'key-1' }), /^[\w-]{43}$/],
    ['a new one', aJob(), /^[0-9a-f-]{36}$/],
  ])('has the id that the worker knows it by: %s', (_which, job, form) => {
    const outgoing = taken({ job });
    expect(outgoing.jobId).toMatch(form);
    expect(received(outgoing).jobId).toBe(outgoing.jobId);
  });

  it('is another job every time when it has no name', () => {
    expect(taken({ job: aJob() }).jobId).not.toBe(taken({ job: aJob() }).jobId);
  });

  it('carries any text to its worker', () => {
    const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(texts, (content) => {
        const outgoing = taken({ job: saying(content) });
        expect(outgoing.body).not.toMatch(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u);
        expect(received(outgoing).message).toMatchObject(saying(content));
      }),
    );
    expect(received(taken({ job: saying('\uFFFE\uFFFF') })).message).toMatchObject(saying('\uFFFE\uFFFF'));
  });
});

describe('the trace of a job to send', () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';

  it('is the one that was given, and so is the correlation id', () => {
    const { trace } = received(
      taken({ job: aJob(), traceparent: `00-${traceId}-b7ad6b7169203331-00`, correlationId: 'order-7' }),
    );
    expect(trace).toMatchObject({ traceId, correlationId: 'order-7' });
    expect(trace.traceparent).toMatch(/-00$/);
  });

  it.each([undefined, '', 'no trace', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`])(
    'begins with the job when %p is given',
    (traceparent) => {
      const trace = () => received(taken({ job: aJob(), ...(traceparent && { traceparent }) })).trace;
      expect(trace().traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(trace().traceId).not.toBe(trace().traceId);
    },
  );

  it('has as much of the correlation id as is kept, in characters that SQS takes', () => {
    const correlationId = `${'x'.repeat(126)}\u0000\uFFFFy`;
    expect(received(taken({ job: aJob(), correlationId })).trace.correlationId).toBe(
      `${'x'.repeat(126)}\uFFFD\uFFFD`,
    );
    expect(taken({ job: aJob(), correlationId: '' }).attributes).not.toHaveProperty('correlationId');
  });
});

describe('what is no job', () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;

  it.each([
    ['an unknown field', { ...aJob(), secret: 1 }, 'invalid', 'the message has 1 unknown field(s)'],
    [
      'a value out of range',
      aJob({ options: { timeoutMs: 61_000 } }),
      'invalid',
      /^options.timeoutMs is above/,
    ],
    ['a circle', cyclic, 'not-json', 'the job cannot be written as JSON'],
    ['nothing', null, 'not-json', 'the job cannot be written as JSON'],
    ['a text', 'secret', 'invalid', /tenantId is missing/],
  ])('is refused: %s', (_what, job, reason, detail) => {
    const refused = outgoingOf({ job: job as JobMessageInput });
    expect(refused).toEqual({
      kind: 'refused',
      reason,
      detail: typeof detail === 'string' ? detail : expect.stringMatching(detail),
    });
    expect(JSON.stringify(refused)).not.toContain('secret');
  });

  it('is refused a byte beyond the limit, its name included, and taken at it', () => {
    const withLast = (bytes: number) =>
      aJob({
        input: {
          instructions: 'x'.repeat(99_000),
          messages: [
            { role: 'user', content: 'x'.repeat(99_000) },
            { role: 'user', content: 'x'.repeat(bytes) },
          ],
        },
      });
    const most = MAX_MESSAGE_BYTES - Buffer.byteLength(taken({ job: withLast(1) }).body) + 1;
    expect(Buffer.byteLength(taken({ job: withLast(most) }).body)).toBe(MAX_MESSAGE_BYTES);
    expect(outgoingOf({ job: withLast(most + 1) })).toMatchObject({ kind: 'refused', reason: 'too-large' });
  });
});
