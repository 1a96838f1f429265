import { sampleJobs } from '../../../lib/local/sample/conversations.ts';
import { mustBeSent, traceOf } from '../../../lib/local/sample/send-jobs.ts';

const jobs = sampleJobs(3);
const traces = jobs.map(({ jobId }) => traceOf(jobId));

describe('the trace of a sample job', () => {
  test('is a valid W3C trace context of its own', () => {
    for (const { traceparent } of traces) {
      expect(traceparent).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/);
    }
    expect(new Set(traces.map(({ traceparent }) => traceparent)).size).toBe(jobs.length);
  });

  test('is the same when the run is sent again', () => {
    const [job] = sampleJobs(3);
    expect(traceOf(job?.jobId ?? '')).toEqual(traces[0]);
  });

  test('has a correlation id of its own', () => {
    const ids = traces.map(({ correlationId }) => correlationId);
    expect(new Set(ids).size).toBe(jobs.length);
    expect(ids[0]).toMatch(/^sample-[0-9a-f]{16}$/);
  });
});

describe('sending that must succeed', () => {
  const sent = { kind: 'sent', jobId: 'job-1', messageId: 'message-1' } as const;

  test('passes when every job was sent', () => {
    expect(() => mustBeSent([sent, sent])).not.toThrow();
  });

  test('says how many were not, and each cause once', () => {
    const failed = { kind: 'failed', jobId: 'job-2', code: 'ECONNREFUSED' } as const;
    const refused = { kind: 'refused', reason: 'invalid', detail: 'model is none of gpt-5' } as const;
    expect(() => mustBeSent([sent, failed, failed, refused])).toThrow(
      'the lanes did not take 3 message(s): ECONNREFUSED, model is none of gpt-5',
    );
  });
});
