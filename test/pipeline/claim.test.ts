import fc from 'fast-check';
import { type ClaimedJob, decideClaim, decideRefusedWrite } from '../../lib/pipeline/claim.ts';
import type { JobStatus } from '../../lib/pipeline/job.ts';

const statuses: JobStatus[] = ['queued', 'running', 'succeeded', 'failed', 'expired', 'canceled'];
const claimedJob: fc.Arbitrary<ClaimedJob> = fc.record({
  status: fc.constantFrom(...statuses),
  claimId: fc.constantFrom('a', 'b', 'c'),
  leaseUntilMs: fc.integer({ min: 0, max: 100 }),
  attemptsMade: fc.nat(5),
});
const known = (changes: Partial<ClaimedJob> = {}): ClaimedJob => ({
  status: 'running',
  claimId: 'other',
  leaseUntilMs: 50,
  attemptsMade: 2,
  ...changes,
});

describe('a claim', () => {
  it('wins a job that nobody has seen', () => {
    expect(decideClaim(undefined, { claimId: 'mine', nowMs: 0 })).toEqual({ kind: 'won', attemptsMade: 0 });
  });

  it('waits for a lease that still runs', () => {
    expect(decideClaim(known(), { claimId: 'mine', nowMs: 49 })).toEqual({ kind: 'held', untilMs: 50 });
  });

  it('takes over a job whose lease has run out, with the attempts made so far', () => {
    expect(decideClaim(known(), { claimId: 'mine', nowMs: 50 })).toEqual({ kind: 'won', attemptsMade: 2 });
  });

  it('wins a job that was given back to its lane before its lease ran out', () => {
    expect(decideClaim(known({ status: 'queued' }), { claimId: 'mine', nowMs: 0 }).kind).toBe('won');
  });

  it('recognises itself when it was written before its reply was lost', () => {
    expect(decideClaim(known({ claimId: 'mine' }), { claimId: 'mine', nowMs: 0 }).kind).toBe('won');
  });

  it('never wins a job that has ended, whatever else is known', () => {
    fc.assert(
      fc.property(claimedJob, fc.nat(200), (job, nowMs) => {
        const ended = !['queued', 'running'].includes(job.status);
        const claim = decideClaim(job, { claimId: 'mine', nowMs });
        expect(claim.kind === 'ended').toBe(ended);
      }),
    );
  });
});

describe('a write that the store refused', () => {
  it('was done before if the claim is still the latest one', () => {
    expect(decideRefusedWrite(known({ status: 'succeeded', claimId: 'mine' }), 'mine')).toBe('written');
  });

  it('is lost if another worker has claimed the job, or the job is gone', () => {
    expect(decideRefusedWrite(known(), 'mine')).toBe('lost');
    expect(decideRefusedWrite(undefined, 'mine')).toBe('lost');
  });
});

type Step = { worker: number; act: 'claim' | 'finish' | 'release'; atMs: number };

/** Plays a history of workers against one row, by the rules above; returns how many endings were written. */
const endingsOf = (history: readonly Step[]): number => {
  let row: ClaimedJob | undefined;
  let endings = 0;
  const claimIds = new Map<number, string>();
  const claim = ({ worker, atMs }: Step, claimId: string) => {
    if (decideClaim(row, { claimId, nowMs: atMs }).kind !== 'won') return;
    claimIds.set(worker, claimId);
    row = { status: 'running', claimId, leaseUntilMs: atMs + 10, attemptsMade: 0 };
  };
  const write = ({ worker, act }: Step) => {
    if (row?.status !== 'running' || row.claimId !== claimIds.get(worker)) return;
    row = { ...row, status: act === 'finish' ? 'succeeded' : 'queued' };
    if (act === 'finish') endings += 1;
  };
  history.forEach((step, index) => {
    if (step.act === 'claim') claim(step, `claim-${index}`);
    else write(step);
  });
  return endings;
};

describe('workers that claim, stall, die and write in any order', () => {
  const step: fc.Arbitrary<Step> = fc.record({
    worker: fc.nat(3),
    act: fc.constantFrom('claim', 'claim', 'finish', 'release'),
    atMs: fc.nat(200),
  });
  const history = fc.array(step, { maxLength: 40 }).map((steps) => steps.sort((a, b) => a.atMs - b.atMs));

  it('write at most one ending', () => {
    fc.assert(
      fc.property(history, (steps) => {
        expect(endingsOf(steps)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 1_000 },
    );
  });
});
