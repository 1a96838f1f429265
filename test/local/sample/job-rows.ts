import type { JobRow } from '../../../lib/local/sample/job-row.ts';

type Attempt = JobRow['attempts'][number];

/** A call that brought the answer; name only what matters to the test. */
export const attemptWith = (changes: Partial<Attempt> = {}): Attempt => ({
  model: 'gpt-5-mini',
  provider: 'openai',
  modelId: 'gpt-5-mini-2025-08-07',
  durationMs: 900,
  outcome: 'answer',
  usage: {
    inputTokens: 400,
    cachedInputTokens: 100,
    cacheWriteTokens: 0,
    outputTokens: 80,
    reasoningTokens: 20,
  },
  servedTier: 'default',
  costMicroUsd: 250,
  ...changes,
});

/** A job that succeeded at its first call; name only what matters to the test. */
export const rowWith = (changes: Partial<JobRow> = {}): JobRow => ({
  jobId: 'job-1',
  tenantId: 'tenant-1',
  lane: 'critical',
  model: 'gpt-5-mini',
  status: 'succeeded',
  enqueuedAtMs: 10_000,
  startedAtMs: 10_200,
  endedAtMs: 11_200,
  costMicroUsd: 250,
  attempts: [attemptWith()],
  ...changes,
});
