import fc from 'fast-check';
import { type ClaimedJob, decideClaim, decideRefusedWrite } from '../../../lib/pipeline/job/claim.ts';
import { jobStatuses } from '../../../lib/pipeline/job/job.ts';
import { inMemoryJobStore } from '../../../lib/simulation/in-memory-job-store.ts';
import { aJob } from '../../builders.ts';

const claimedJob: fc.Arbitrary<ClaimedJob> = fc.record({
  status: fc.constantFrom(...jobStatuses),
  claimId: fc.constantFrom('a', 'b', 'c'),
  leaseUntilMs: fc.integer({ min: 0, max: 100 }),
  runsCharged: fc.integer({ min: 1, max: 5 }),
  deadlineAtMs: fc.integer({ min: 0, max: 200 }),
});
const known = (changes: Partial<ClaimedJob> = {}): ClaimedJob => ({
  status: 'running',
  claimId: 'other',
  leaseUntilMs: 50,
  runsCharged: 2,
  deadlineAtMs: 100,
  ...changes,
});
const mine = (nowMs: number, deadlineAtMs = 100) => ({ claimId: 'mine', nowMs, deadlineAtMs });

describe('a claim', () => {
  it('wins a job that nobody has seen', () => {
    expect(decideClaim(undefined, mine(0))).toEqual({ kind: 'won', runsBefore: 0 });
  });

  it('waits for a lease that still runs', () => {
    expect(decideClaim(known(), mine(49))).toEqual({ kind: 'held', untilMs: 50 });
  });

  it('takes over a job whose lease has run out, with the runs charged to it so far', () => {
    expect(decideClaim(known(), mine(50))).toEqual({
      kind: 'won',
      runsBefore: 2,
      past: { calls: [], abandoned: { claimId: 'other', leaseUntilMs: 50 } },
    });
  });

  it('wins a job that was given back to its lane before its lease ran out', () => {
    expect(decideClaim(known({ status: 'queued' }), mine(0)).kind).toBe('won');
  });

  it.each(['queued', 'running'] as const)('that is late waits while its job, %s, has time', (status) => {
    const job = known({ status, deadlineAtMs: 200 });
    expect(decideClaim(job, mine(99)).kind).toBe('won');
    expect(decideClaim(job, mine(100))).toEqual({ kind: 'held', untilMs: 200 });
    expect(decideClaim(job, mine(199))).toEqual({ kind: 'held', untilMs: 200 });
    expect(decideClaim(job, mine(199, 200)).kind).toBe('won');
    expect(decideClaim(job, mine(200)).kind).toBe('won');
  });

  it('recognises itself when it was written before its reply was lost', () => {
    expect(decideClaim(known({ claimId: 'mine' }), mine(0))).toEqual({
      kind: 'won',
      runsBefore: 1,
    });
  });

  it('never wins a job that has ended, whatever else is known', () => {
    fc.assert(
      fc.property(claimedJob, fc.nat(200), fc.nat(200), (job, nowMs, deadlineAtMs) => {
        const ended = !['queued', 'running'].includes(job.status);
        const claim = decideClaim(job, mine(nowMs, deadlineAtMs));
        expect(claim.kind === 'ended').toBe(ended);
      }),
    );
  });
});

describe('a write that the store refused', () => {
  it('was done before if the claim is still the latest one', () => {
    expect(decideRefusedWrite(known({ status: 'succeeded', claimId: 'mine' }), 'mine')).toBe('written');
  });

  it('is lost if the job was canceled meanwhile', () => {
    expect(decideRefusedWrite(known({ status: 'canceled', claimId: 'mine' }), 'mine')).toBe('lost');
  });

  it('is lost if another worker has claimed the job, or the job is gone', () => {
    expect(decideRefusedWrite(known(), 'mine')).toBe('lost');
    expect(decideRefusedWrite(undefined, 'mine')).toBe('lost');
  });
});

type Step = { worker: number; act: 'claim' | 'finish' | 'release'; atMs: number };

/** Plays a history of workers against one job; returns how many endings were new. */
const endingsOf = async (history: readonly Step[]): Promise<number> => {
  const store = inMemoryJobStore();
  const job = aJob();
  const claimIds = new Map<number, string>();
  let endings = 0;
  const claim = async ({ worker, atMs }: Step, claimId: string) => {
    const { kind } = await store.claim({ job, claimId, nowMs: atMs, leaseUntilMs: atMs + 10 });
    if (kind === 'won') claimIds.set(worker, claimId);
  };
  const write = async ({ worker, act, atMs }: Step) => {
    const claimId = claimIds.get(worker) ?? 'none';
    const hadEnded = store.row('tenant-a', job.jobId)?.ending !== undefined;
    if (act === 'release') await store.release(job, claimId, { attempts: [], skips: [], billable: true });
    else
      await store.finish(
        job,
        claimId,
        {
          ending: { status: 'failed', reason: 'refused' },
          attempts: [],
          skips: [],
          endedAtMs: atMs,
          kept: {},
        },
        0,
      );
    if (!hadEnded && store.row('tenant-a', job.jobId)?.ending !== undefined) endings += 1;
  };
  for (const [index, step] of history.entries()) {
    if (step.act === 'claim') await claim(step, `claim-${index}`);
    else await write(step);
  }
  return endings;
};

describe('workers that claim, stall, die and write in any order', () => {
  const step: fc.Arbitrary<Step> = fc.record({
    worker: fc.nat(3),
    act: fc.constantFrom('claim', 'claim', 'finish', 'release'),
    atMs: fc.nat(200),
  });
  const history = fc.array(step, { maxLength: 40 }).map((steps) => steps.sort((a, b) => a.atMs - b.atMs));

  it('write at most one ending', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        expect(await endingsOf(steps)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 1_000 },
    );
  });
});
