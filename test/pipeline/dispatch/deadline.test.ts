import fc from 'fast-check';
import { type RunBounds, runBudget, rungBudgetMs } from '../../../lib/pipeline/dispatch/deadline.ts';

const roomy: RunBounds = {
  nowMs: 0,
  deadlineAtMs: 600_000,
  firstRungMs: 45_000,
  laterRungsMs: 11_100,
  remainingMs: 150_000,
  reserveMs: 5_000,
};

describe('the budget of a run', () => {
  it('lasts until Lambda must write the result', () => {
    expect(runBudget(roomy)).toEqual({ kind: 'start', endAtMs: 145_000 });
  });

  it('is cut by the deadline of the job', () => {
    expect(runBudget({ ...roomy, deadlineAtMs: 20_000 })).toEqual({ kind: 'start', endAtMs: 20_000 });
  });

  it('is nothing when the job is no longer worth doing', () => {
    expect(runBudget({ ...roomy, nowMs: 599_999 }).kind).toBe('start'); // for the last rung
    expect(runBudget({ ...roomy, nowMs: 600_000 })).toEqual({ kind: 'deadline-passed' });
    expect(runBudget({ ...roomy, nowMs: 700_000 })).toEqual({ kind: 'deadline-passed' });
  });

  it('is nothing when the invocation cannot hold the first rung and the rescue after it', () => {
    expect(runBudget({ ...roomy, remainingMs: 61_099 })).toEqual({ kind: 'no-room' });
    expect(runBudget({ ...roomy, remainingMs: 61_100 }).kind).toBe('start');
  });

  it('never ends after the deadline or within the reserve', () => {
    const bounds = fc.record({
      nowMs: fc.nat(1_000_000),
      deadlineAtMs: fc.nat(1_000_000),
      firstRungMs: fc.integer({ min: 100, max: 60_000 }),
      laterRungsMs: fc.nat(60_000),
      remainingMs: fc.integer({ min: -1_000, max: 900_000 }),
      reserveMs: fc.nat(10_000),
    });
    fc.assert(
      fc.property(bounds, (given) => {
        const budget = runBudget(given);
        if (budget.kind !== 'start') return;
        expect(budget.endAtMs).toBeLessThanOrEqual(given.deadlineAtMs);
        expect(budget.endAtMs - given.nowMs).toBeLessThanOrEqual(given.remainingMs - given.reserveMs);
        expect(budget.endAtMs).toBeGreaterThan(given.nowMs);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the budget of a rung', () => {
  it('is its timeout while there is time', () => {
    expect(rungBudgetMs({ nowMs: 0, endAtMs: 90_000, timeoutMs: 45_000, laterRungsMs: 11_100 })).toBe(45_000);
  });

  it('leaves the rungs after it what they need', () => {
    expect(rungBudgetMs({ nowMs: 0, endAtMs: 30_000, timeoutMs: 45_000, laterRungsMs: 11_100 })).toBe(18_900);
  });

  it('halves what is left when that is less than twice what they need', () => {
    expect(rungBudgetMs({ nowMs: 0, endAtMs: 10_000, timeoutMs: 45_000, laterRungsMs: 11_100 })).toBe(5_000);
    expect(rungBudgetMs({ nowMs: 11_000, endAtMs: 10_000, timeoutMs: 45_000, laterRungsMs: 0 })).toBe(0);
  });

  it('lets a chain of any length end in time, with something left for each rung', () => {
    const timeouts = fc.array(fc.integer({ min: 1_000, max: 60_000 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(timeouts, fc.integer({ min: 1, max: 400_000 }), (given, endAtMs) => {
        let nowMs = 0;
        for (const [index, timeoutMs] of given.entries()) {
          const laterRungsMs = (given.length - index - 1) * 5_000;
          const budgetMs = rungBudgetMs({ nowMs, endAtMs, timeoutMs, laterRungsMs });
          expect(budgetMs).toBeGreaterThan(0);
          nowMs += budgetMs;
        }
        expect(nowMs).toBeLessThanOrEqual(endAtMs);
      }),
    );
  });
});
