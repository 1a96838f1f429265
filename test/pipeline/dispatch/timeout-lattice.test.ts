import fc from 'fast-check';
import {
  type LaneTimes,
  latticeProblems,
  longestChainMs,
} from '../../../lib/pipeline/dispatch/timeout-lattice.ts';
import { defaultCatalogue } from '../../../lib/pipeline/model/default-catalogue.ts';
import { modelNames } from '../../../lib/pipeline/model/model.ts';

const sound: LaneTimes = {
  name: 'critical',
  tier: 'priority',
  functionTimeoutSeconds: 150,
  reserveMs: 5_000,
  visibilitySeconds: 180,
  batchingWindowSeconds: 0,
  retentionSeconds: 345_600,
  deadLetterRetentionSeconds: 1_209_600,
  jobRetentionSeconds: 604_800,
  reservedConcurrency: 10,
  mappingConcurrency: 10,
  batchSize: 1,
  parallelism: 1,
  patienceSeconds: 21_600,
  maxReceives: 200,
};
const problems = (changes: Partial<LaneTimes>) => latticeProblems({ ...sound, ...changes }, defaultCatalogue);

describe('the timeout lattice', () => {
  it('holds for a sound lane', () => {
    expect(problems({})).toEqual([]);
    expect(problems({ reservedConcurrency: undefined })).toEqual([]);
  });

  it('knows the longest chain: GPT-5 at 60 s, Mini at 60 s, Claude at 15 s, cached and default answer', () => {
    expect(longestChainMs(defaultCatalogue, 'gpt-5', 'priority')).toBe(136_100);
  });

  it.each([
    [
      'a function timeout below the chain',
      { functionTimeoutSeconds: 120, visibilitySeconds: 200 },
      'Lane critical: the chain of gpt-5 may take 136100 ms, but a function timeout of 120 s less a reserve of 5000 ms leaves 115000 ms: Lambda would cut off a call that is paid for.',
    ],
    [
      'a visibility timeout below window, poll and function',
      { visibilitySeconds: 175, batchingWindowSeconds: 5 },
      'Lane critical: a visibility timeout of 175 s must exceed the batching window of 5 s + 20 s + the function timeout of 150 s = 175 s: else a message comes back while it is still being worked on.',
    ],
    [
      'reserved concurrency below the mapping',
      { reservedConcurrency: 5 },
      "Lane critical: a reserved concurrency of 5 is below the mapping's concurrency of 10: the difference would be throttled into the dead-letter queue without a log line.",
    ],
    [
      'a dead-letter queue that forgets first',
      { deadLetterRetentionSeconds: 345_600 },
      "Lane critical: a dead-letter retention of 345600 s must exceed the lane's retention of 345600 s: SQS counts from the first enqueueing, so a message would vanish unseen.",
    ],
    [
      'jobs that are forgotten before their duplicates',
      { jobRetentionSeconds: 86_400 },
      "Lane critical: jobs are kept for 86400 s, which must exceed the lane's retention of 345600 s: else a late duplicate would find no trace of its job and run it again.",
    ],
    [
      'more parallelism than a batch holds',
      { parallelism: 2 },
      'Lane critical: a parallelism of 2 in a batch of 1 is impossible: it must lie between 1 and the batch size.',
    ],
    [
      'a batch that cannot be sent back in one call',
      { batchSize: 11 },
      'Lane critical: a batch of 11 is more than the 10 messages that SQS lets a worker send back in one call.',
    ],
    [
      'a patience that the longest chain outlasts',
      { patienceSeconds: 60 },
      'Lane critical: a patience of 60 s is shorter than the longest chain of 136100 ms: a job that waits for nothing could still expire.',
    ],
    [
      'receives that run out before the patience does',
      { maxReceives: 20 },
      'Lane critical: 20 receives do not last for a job of 21600 s with delays of up to 300 s, which may take 154: healthy jobs would end as dead letters.',
    ],
  ])('breaks on %s, in a sentence with its numbers', (_case, changes, sentence) => {
    expect(problems(changes)).toContain(sentence);
  });

  it('lets nothing through in which a job could outlive its worker or its message come back too soon', () => {
    const lane = fc.record({
      functionTimeoutSeconds: fc.integer({ min: 1, max: 900 }),
      reserveMs: fc.nat(20_000),
      visibilitySeconds: fc.nat(1_200),
      batchingWindowSeconds: fc.nat(300),
    });
    fc.assert(
      fc.property(lane, (changes) => {
        if (problems(changes).length > 0) return;
        const longestMs = Math.max(
          ...modelNames.map((name) => longestChainMs(defaultCatalogue, name, 'priority')),
        );
        expect(longestMs + changes.reserveMs).toBeLessThanOrEqual(changes.functionTimeoutSeconds * 1000);
        expect(changes.visibilitySeconds).toBeGreaterThan(
          changes.batchingWindowSeconds + 20 + changes.functionTimeoutSeconds,
        );
      }),
      { numRuns: 5_000 },
    );
  });
});
