import fc from 'fast-check';
import type { ReceivedJob } from '../../lib/pipeline/job/job.ts';
import { type JobMessage, MAX_PATIENCE_MS } from '../../lib/pipeline/job/job-message.ts';
import { jobFromRecord } from '../../lib/runtime/job-from-record.ts';
import { aMessage } from '../builders.ts';
import { aRecord } from './sqs-record.ts';

const SENT_AT_MS = Date.parse('2026-11-22T12:00:00Z');
const rules = { lane: 'high', patienceMs: 900_000 } as const;

const jobOf = (message: Partial<JobMessage>, record: Parameters<typeof aRecord>[0] = {}): ReceivedJob => {
  const body = JSON.stringify(aMessage(message));
  const read = jobFromRecord(aRecord({ sentAtMs: SENT_AT_MS, ...record, body }), rules);
  if (read.kind !== 'job') throw new Error(`the message was rejected: ${read.rejection.detail}`);
  return read.job;
};

const idOf = (message: Partial<JobMessage>, messageId = 'message-1') => jobOf(message, { messageId }).jobId;

describe('the id of a job', () => {
  it('is the one that its producer gave it', () => {
    expect(idOf({ jobId: 'order-4711', idempotencyKey: 'key' })).toBe('order-4711');
  });

  it('comes of the idempotency key, so that two messages with the same key are one job', () => {
    const id = idOf({ idempotencyKey: 'key' }, 'message-1');
    expect(idOf({ idempotencyKey: 'key' }, 'message-2')).toBe(id);
    expect(idOf({ idempotencyKey: 'another key' })).not.toBe(id);
    expect(id).not.toContain('key');
  });

  it('is another one for another tenant’s same key', () => {
    expect(idOf({ idempotencyKey: 'key', tenantId: 'tenant-b' })).not.toBe(idOf({ idempotencyKey: 'key' }));
  });

  it('stays the same for ever: a message may be older than the code that reads it', () => {
    // printf 'tenant-a\nkey' | openssl dgst -sha256 -binary | basenc --base64url
    expect(idOf({ idempotencyKey: 'key' })).toBe('ny13AXStHT7KC4rTby1dFs__jlhKRM7MgXtmpObB1d8');
  });

  it('may be given as a jobId in turn, whatever the key is', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 128 }), (idempotencyKey) => {
        const id = idOf({ idempotencyKey });
        expect(idOf({ jobId: id })).toBe(id);
      }),
    );
  });

  it('is the message’s own when the producer names none', () => {
    expect(idOf({}, 'a-message-id')).toBe('a-message-id');
  });
});

describe('the deadline of a job', () => {
  it('is as far from its sending as the lane’s patience goes, however often it is delivered', () => {
    expect(jobOf({}, { receives: 7 }).deadlineAtMs).toBe(SENT_AT_MS + 900_000);
  });

  it.each([
    ['2026-11-22T12:00:30Z', SENT_AT_MS + 30_000],
    ['2026-11-22T13:01:00+01:00', SENT_AT_MS + 60_000],
    ['2026-11-22T12:00:00.250Z', SENT_AT_MS + 250],
    ['2026-11-22T11:59:00Z', SENT_AT_MS - 60_000],
    ['2027-11-22T12:00:00Z', SENT_AT_MS + MAX_PATIENCE_MS],
  ])(
    'is its producer’s, sooner or later than that, but no later than a lane holds it: %s',
    (deadlineAt, expected) => {
      expect(jobOf({ deadlineAt }).deadlineAtMs).toBe(expected);
    },
  );
});

it('a job is of the lane that it was found in, not of the one that it names', () => {
  expect(jobOf({ priority: 'critical' })).toMatchObject({ lane: 'high', enqueuedAtMs: SENT_AT_MS });
});

it('a job carries its message and its trace', () => {
  const job = jobOf({ metadata: { a: 'b' } }, { attributes: { correlationId: 'order 4711' } });
  expect(job.message).toEqual(aMessage({ metadata: { a: 'b' } }));
  expect(job.trace).toMatchObject({ correlationId: 'order 4711' });
});

it.each([
  ['not-json', 'Bonjour !'],
  ['invalid', '{}'],
  ['too-large', JSON.stringify('x'.repeat(256 * 1024))],
])('a message that is no job is rejected as %s', (reason, body) => {
  expect(jobFromRecord(aRecord({ body }), rules)).toMatchObject({ kind: 'rejected', rejection: { reason } });
});
