import { sampleJobs } from '../../../lib/local/sample/conversations.ts';
import { messageAttributes } from '../../../lib/local/sample/send-jobs.ts';

const jobs = sampleJobs(3);
const traceparents = jobs.map(({ jobId }) => messageAttributes(jobId).traceparent?.StringValue ?? '');

describe('the attributes of a sample message', () => {
  test('carry a valid W3C trace context of their own', () => {
    for (const traceparent of traceparents) {
      expect(traceparent).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/);
    }
    expect(new Set(traceparents).size).toBe(jobs.length);
  });

  test('are the same when the run is sent again', () => {
    const [job] = sampleJobs(3);
    expect(messageAttributes(job?.jobId ?? '').traceparent?.StringValue).toBe(traceparents[0]);
  });

  test('carry a correlation id of their own', () => {
    const ids = jobs.map(({ jobId }) => messageAttributes(jobId).correlationId?.StringValue);
    expect(new Set(ids).size).toBe(jobs.length);
    expect(ids[0]).toMatch(/^sample-[0-9a-f]{16}$/);
  });
});
