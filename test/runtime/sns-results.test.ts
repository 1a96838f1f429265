import type { PublishBatchCommand, PublishBatchRequestEntry, SNSClient } from '@aws-sdk/client-sns';
import fc from 'fast-check';
import { completionEvent, type EndedJob } from '../../lib/pipeline/job/completion-event.ts';
import { createSnsResults } from '../../lib/runtime/sns-results.ts';

const anEnd = (changes: Partial<EndedJob> = {}): EndedJob => ({
  tenantId: 'tenant-a',
  jobId: 'job-1',
  lane: 'low',
  model: 'gpt-5',
  status: 'succeeded',
  acceptedAtMs: 0,
  endedAtMs: 1_000,
  costMicroUsd: 7,
  correlationId: 'order-7',
  ...changes,
});

/** A topic that refuses the entries of some jobs, or does not answer at all. */
const aTopic = (refusedJobs: readonly string[] = [], error?: Error) => {
  const calls: PublishBatchRequestEntry[][] = [];
  const send = async ({ input }: PublishBatchCommand) => {
    const entries = input.PublishBatchRequestEntries ?? [];
    calls.push(entries);
    if (error !== undefined) throw error;
    const isRefused = ({ Message = '' }) => refusedJobs.includes(JSON.parse(Message).jobId);
    return { Failed: entries.filter(isRefused).map(({ Id }) => ({ Id })) };
  };
  const results = createSnsResults('arn:aws:sns:x', { send } as unknown as SNSClient);
  return { calls, tell: (ends: readonly EndedJob[]) => results.tell(ends, 0) };
};

describe('ends of jobs', () => {
  it('are told in one call, by what a subscriber may filter', async () => {
    const { tell, calls } = aTopic();
    const ends = [anEnd(), anEnd({ jobId: 'job-2', status: 'failed', reason: 'invalid' })];
    expect(await tell(ends)).toEqual({ out: new Set(ends) });
    expect(calls).toHaveLength(1);
    const [entry, other] = calls[0] ?? [];
    expect(completionEvent.parse(JSON.parse(entry?.Message ?? ''))).toMatchObject({ jobId: 'job-1' });
    expect(entry?.MessageAttributes).toEqual({
      tenant: { DataType: 'String', StringValue: 'tenant-a' },
      lane: { DataType: 'String', StringValue: 'low' },
      status: { DataType: 'String', StringValue: 'succeeded' },
    });
    expect(other?.MessageAttributes?.status).toEqual({ DataType: 'String', StringValue: 'failed' });
    expect(entry?.MessageGroupId).toMatch(/^[\w-]{43}$/);
  });

  it('that SNS refuses are not out, and the others are', async () => {
    const { tell, calls } = aTopic(['job-2']);
    const ends = ['job-1', 'job-2', 'job-3'].map((jobId) => anEnd({ jobId }));
    const { out } = await tell(ends);
    expect([...out].map(({ jobId }) => jobId)).toEqual(['job-1', 'job-3']);
    expect(calls.map(({ length }) => length)).toEqual([3, 1, 1]);
  });

  it('are not out when there is no answer, and nothing is thrown', async () => {
    const error = new Error('AuthorizationError');
    expect(await aTopic([], error).tell([anEnd()])).toEqual({ out: new Set(), error });
  });

  it('can be told whatever characters the id of a tenant has', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), async (tenantId) => {
        const { tell, calls } = aTopic();
        await tell([anEnd({ tenantId })]);
        const [entry] = calls[0] ?? [];
        expect(JSON.parse(entry?.Message ?? '').tenantId).toBe(tenantId);
        const sent = entry?.MessageAttributes?.tenant?.StringValue ?? '';
        expect(sent).toMatch(/^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]+$/u);
      }),
    );
  });
});
