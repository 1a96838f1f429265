import { createHash } from 'node:crypto';
import fc from 'fast-check';
import * as z from 'zod/mini';
import { endOfOutcome } from '../../../lib/pipeline/dispatch/end-of-outcome.ts';
import {
  completionEvent,
  completionEventOf,
  type EndedJob,
} from '../../../lib/pipeline/job/completion-event.ts';
import { endedStatuses } from '../../../lib/pipeline/job/job.ts';
import { aJob } from '../../builders.ts';

const hashOf = (text: string) => createHash('sha256').update(text).digest('base64url');

const end: EndedJob = {
  tenantId: 'tenant-a',
  jobId: 'job-1',
  lane: 'critical',
  model: 'gpt-5-nano',
  status: 'failed',
  reason: 'refused',
  acceptedAtMs: Date.parse('2026-11-22T12:00:00Z'),
  endedAtMs: Date.parse('2026-11-22T12:00:01.5Z'),
  costMicroUsd: 42,
  correlationId: 'order-7',
};

/** Nothing but the fields of the schema. */
const written = z.strictObject(completionEvent.shape);

describe('the event of an ending', () => {
  it('says how the job ended, and what that cost', () => {
    expect(completionEventOf(end, hashOf)).toEqual({
      type: 'job.ended',
      eventId: hashOf(JSON.stringify(['tenant-a', 'job-1', 'failed', end.endedAtMs])),
      jobId: 'job-1',
      tenantId: 'tenant-a',
      lane: 'critical',
      model: 'gpt-5-nano',
      status: 'failed',
      reason: 'refused',
      acceptedAt: '2026-11-22T12:00:00.000Z',
      endedAt: '2026-11-22T12:00:01.500Z',
      costMicroUsd: 42,
      correlationId: 'order-7',
    });
  });

  it('fits its schema, and has one id for one ending, another for any other', () => {
    const endings = fc.record({
      tenantId: fc.string({ minLength: 1, maxLength: 3 }),
      jobId: fc.string({ minLength: 1, maxLength: 3 }),
      status: fc.constantFrom(...endedStatuses),
      endedAtMs: fc.nat(3),
    });
    fc.assert(
      fc.property(endings, endings, (one, other) => {
        const [event, another] = [one, other].map((it) => completionEventOf({ ...end, ...it }, hashOf));
        expect(written.parse(JSON.parse(JSON.stringify(event)))).toEqual(event);
        expect(event?.eventId === another?.eventId).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
    );
  });

  it('has no field for words, instructions, persons or whatever else a producer writes', () => {
    expect(Object.keys(completionEvent.shape)).toEqual([
      'type',
      'eventId',
      'jobId',
      'tenantId',
      'lane',
      'model',
      'status',
      'reason',
      'acceptedAt',
      'endedAt',
      'costMicroUsd',
      'correlationId',
    ]);
    expect(written.safeParse({ ...completionEventOf(end, hashOf), text: 'Coucou' }).success).toBe(false);
  });

  it('is read by those who do not know all of its fields yet', () => {
    const event = completionEventOf(end, hashOf);
    expect(completionEvent.parse({ ...event, region: 'eu-west-3' })).toEqual(event);
  });
});

describe('a delivery', () => {
  const nothing = { attempts: [], skips: [] };

  it('that ends its job tells of the cost of all its runs', () => {
    const calls = [{ costMicroUsd: 3 }, { costMicroUsd: 4 }] as never[];
    const outcome = {
      kind: 'ended',
      ending: { status: 'expired', reason: 'deadline-passed' },
      endedAtMs: 9,
      attempts: [{ costMicroUsd: 5 }] as never[],
      skips: [],
      past: { calls },
    } as const;
    expect(endOfOutcome(aJob(), outcome)).toEqual({
      tenantId: 'tenant-a',
      jobId: 'job-1',
      lane: 'critical',
      model: 'gpt-5-nano',
      status: 'expired',
      reason: 'deadline-passed',
      acceptedAtMs: 0,
      endedAtMs: 9,
      costMicroUsd: 12,
      correlationId: 'correlation-1',
    });
  });

  it('that finds a row which says little tells what its message says', () => {
    const outcome = { kind: 'duplicate', end: { status: 'canceled', endedAtMs: 7 } } as const;
    expect(endOfOutcome(aJob(), outcome)).toMatchObject({
      status: 'canceled',
      model: 'gpt-5-nano',
      endedAtMs: 7,
      costMicroUsd: 0,
    });
  });

  it('of a job that goes on tells of no end', () => {
    expect(
      endOfOutcome(aJob(), { kind: 'deferred', reason: 'quota', delayMs: 1, ...nothing }),
    ).toBeUndefined();
    expect(endOfOutcome(aJob(), { kind: 'unwritten', error: 'down', attempts: [] })).toBeUndefined();
  });
});
