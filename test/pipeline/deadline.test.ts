import fc from 'fast-check';
import { type AttemptBounds, attemptBudget, LEAST_ATTEMPT_MS } from '../../lib/pipeline/deadline.ts';

const roomy: AttemptBounds = {
  nowMs: 0,
  deadlineAtMs: 600_000,
  timeoutMs: 45_000,
  laterRungsMs: 0,
  remainingMs: 150_000,
  reserveMs: 5_000,
};

describe('the budget of an attempt', () => {
  it('is the timeout of the model while there is room', () => {
    expect(attemptBudget(roomy)).toEqual({ kind: 'start', timeoutMs: 45_000 });
  });

  it('is cut by the deadline of the job', () => {
    expect(attemptBudget({ ...roomy, deadlineAtMs: 20_000 })).toEqual({ kind: 'start', timeoutMs: 20_000 });
  });

  it('leaves room for the rungs after it', () => {
    const budget = attemptBudget({ ...roomy, deadlineAtMs: 50_000, laterRungsMs: 16_100 });
    expect(budget).toEqual({ kind: 'start', timeoutMs: 33_900 });
  });

  it('is nothing when the job is no longer worth doing', () => {
    expect(attemptBudget({ ...roomy, nowMs: 599_001 })).toEqual({ kind: 'deadline-passed' });
    expect(attemptBudget({ ...roomy, nowMs: 700_000 })).toEqual({ kind: 'deadline-passed' });
  });

  it('is nothing when the invocation cannot hold the attempt whole', () => {
    expect(attemptBudget({ ...roomy, remainingMs: 49_999 })).toEqual({ kind: 'no-room' });
    expect(attemptBudget({ ...roomy, remainingMs: 50_000 }).kind).toBe('start');
  });

  it('never lets an attempt pass the deadline, the timeout, or Lambda less its reserve', () => {
    const bounds = fc.record({
      nowMs: fc.nat(1_000_000),
      deadlineAtMs: fc.nat(1_000_000),
      timeoutMs: fc.integer({ min: 100, max: 60_000 }),
      laterRungsMs: fc.nat(60_000),
      remainingMs: fc.integer({ min: -1_000, max: 900_000 }),
      reserveMs: fc.nat(10_000),
    });
    fc.assert(
      fc.property(bounds, (given) => {
        const budget = attemptBudget(given);
        if (budget.kind !== 'start') return;
        expect(given.nowMs + budget.timeoutMs).toBeLessThanOrEqual(given.deadlineAtMs);
        expect(budget.timeoutMs).toBeLessThanOrEqual(given.timeoutMs);
        expect(budget.timeoutMs).toBeLessThanOrEqual(given.remainingMs - given.reserveMs);
        expect(budget.timeoutMs).toBeGreaterThanOrEqual(Math.min(LEAST_ATTEMPT_MS, given.timeoutMs));
      }),
      { numRuns: 2_000 },
    );
  });
});
