import fc from 'fast-check';
import {
  type BudgetState,
  budgetOf,
  decideLease,
  emptyBudget,
  GRACE_MS,
  LEASE_MS,
  type LeaseRequest,
  limitOfLane,
  WARNING_SHARE,
} from '../../../lib/pipeline/money/budget.ts';
import { correctedBudget } from '../../../lib/pipeline/money/correct-budget.ts';

const request = (changes: Partial<LeaseRequest> = {}): LeaseRequest => ({
  environment: 'own',
  nowMs: 1_000_000,
  budgetMicroUsd: 10_000,
  limitMicroUsd: 10_000,
  estimateMicroUsd: 100,
  calls: 1,
  inFlightMicroUsd: 0,
  spentMicroUsd: 0,
  toldMicroUsd: 0,
  leasedMicroUsd: 0,
  settledAtMs: 1,
  hasWarned: false,
  ...changes,
});

const stateWith = (changes: Partial<BudgetState>): BudgetState => ({ ...emptyBudget, ...changes });

describe('the budget of a tenant', () => {
  it('is its own, none when it is told to have none, or else the default', () => {
    const rules = { perDayMicroUsd: 5, criticalShare: 0.1, tenants: { rich: 7, free: null } };
    expect(['rich', 'free', 'other', 'toString'].map((tenant) => budgetOf(rules, tenant))).toEqual([
      7,
      undefined,
      5,
      5,
    ]);
    expect(budgetOf({ criticalShare: 0.1, tenants: {} }, 'other')).toBeUndefined();
  });

  it('is open to its end for critical alone', () => {
    expect([limitOfLane(1_000, 0.1, 'critical'), limitOfLane(1_000, 0.1, 'high')]).toEqual([1_000, 900]);
  });
});

describe('a lease', () => {
  it('is granted for the last call that there is money for, and for none after it', () => {
    const spent = (spentMicroUsd: number) => decideLease(stateWith({ spentMicroUsd }), request());
    expect(spent(9_900)).toMatchObject({ kind: 'leased', freeMicroUsd: 100 });
    expect(spent(9_901)).toMatchObject({ kind: 'exhausted', state: { leases: { own: [0, 0, 1_120_000] } } });
  });

  it('is a block of whole calls, at most 1 % of what is left and at most what is asked for', () => {
    const freeOf = (calls: number, limitMicroUsd: number) => {
      const decided = decideLease(undefined, request({ calls, limitMicroUsd }));
      return decided.kind === 'leased' ? decided.freeMicroUsd : 0;
    };
    expect([freeOf(1, 1e9), freeOf(20, 1e9), freeOf(20, 40_100), freeOf(20, 10_000)]).toEqual([
      100, 2_000, 500, 100,
    ]);
  });

  it('of another environment is taken, and stays so when that one falls silent', () => {
    const leases: BudgetState['leases'] = { other: [9_950, 0, 1_000_000] };
    const silentAtMs = 1_000_000 + GRACE_MS;
    const before = decideLease(stateWith({ leases }), request({ nowMs: silentAtMs - 1 }));
    const after = decideLease(stateWith({ leases }), request({ nowMs: silentAtMs }));
    expect([before.kind, after.kind]).toEqual(['exhausted', 'exhausted']);
    expect(before.state.leases).toHaveProperty('other');
    expect(after.state).toMatchObject({ presumedMicroUsd: 9_950, presumedUntilMs: 1_000_000 });
    expect(after.state.leases).not.toHaveProperty('other');
  });

  it('of an environment that comes back is presumed no longer: what it tells counts', () => {
    const known = stateWith({ spentMicroUsd: 50, presumedMicroUsd: 700, presumedUntilMs: 9 });
    const { state } = decideLease(
      known,
      request({ spentMicroUsd: 80, toldMicroUsd: 50, leasedMicroUsd: 600 }),
    );
    expect(state).toMatchObject({ spentMicroUsd: 80, presumedMicroUsd: 100 });
  });

  it('tells the sum of a day, so that a write that was made and not heard of counts once', () => {
    const first = decideLease(undefined, request({ spentMicroUsd: 300 }));
    const again = decideLease(first.state, request({ spentMicroUsd: 450 }));
    expect(again.state.spentMicroUsd).toBe(450);
  });

  it('accounts for each micro-dollar: what is told, what is leased and no more, whoever writes when', () => {
    const step = fc.record({
      environment: fc.constantFrom('a', 'b', 'c'),
      spends: fc.nat(500),
      estimateMicroUsd: fc.nat(300),
      calls: fc.integer({ min: 1, max: 20 }),
      passesMs: fc.integer({ min: 0, max: 2 * LEASE_MS + 2 * GRACE_MS }),
      isHeard: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const known = new Map<string, { spent: number; told: number; leased: number }>();
        let state: BudgetState | undefined;
        let nowMs = 1;
        for (const { environment, spends, passesMs, isHeard, ...wish } of steps) {
          nowMs += passesMs;
          const own = known.get(environment) ?? { spent: 0, told: 0, leased: 0 };
          own.spent += spends;
          known.set(environment, own);
          const decided = decideLease(
            state,
            request({
              environment,
              nowMs,
              ...wish,
              spentMicroUsd: own.spent,
              toldMicroUsd: own.told,
              leasedMicroUsd: own.leased,
              settledAtMs: nowMs,
            }),
          );
          state = decided.state;
          // replies get lost only to a writer that comes back before it is taken for dead
          if (!isHeard && passesMs < GRACE_MS)
            state = decideLease(
              state,
              request({
                environment,
                nowMs,
                ...wish,
                spentMicroUsd: own.spent,
                toldMicroUsd: own.told,
                leasedMicroUsd: own.leased,
                settledAtMs: nowMs,
              }),
            ).state;
          own.told = own.spent;
          own.leased = state.leases[environment]?.[0] ?? 0;
        }
        const spent = [...known.values()].reduce((sum, { told }) => sum + told, 0);
        expect(state?.spentMicroUsd ?? 0).toBe(spent);
        expect(state?.presumedMicroUsd ?? 0).toBeGreaterThanOrEqual(0);
      }),
      { seed: 20_264 },
    );
  });
});

describe('the warning', () => {
  const near = stateWith({ spentMicroUsd: 10_000 * WARNING_SHARE });

  it('is raised by the write that crosses the mark, and by no later one', () => {
    expect(decideLease(stateWith({ spentMicroUsd: 7_999 }), request()).warns).toBe(false);
    const crossing = decideLease(near, request());
    expect(crossing.warns).toBe(true);
    expect(decideLease(crossing.state, request({ environment: 'other' })).warns).toBe(false);
  });

  it('is raised again after a minute when nobody has said that it was, and never after that', () => {
    const { state } = decideLease(near, request());
    const minuteLater = (known: BudgetState) =>
      decideLease(known, request({ environment: 'other', nowMs: 1_060_000 })).warns;
    expect(minuteLater(state)).toBe(true);
    expect(minuteLater(decideLease(state, request({ hasWarned: true })).state)).toBe(false);
  });
});

describe("a correction by the ledger's total", () => {
  const silent = stateWith({ spentMicroUsd: 500, presumedMicroUsd: 400, presumedUntilMs: 1_000 });
  const untilMs = 1_000 + GRACE_MS;

  it('says what was spent when nobody holds a lease', () => {
    expect(correctedBudget(silent, { spentMicroUsd: 620, untilMs })).toMatchObject({
      spentMicroUsd: 620,
      presumedMicroUsd: 0,
      correctedUntilMs: untilMs,
    });
  });

  it('only bounds what is presumed while somebody does', () => {
    const busy = { ...silent, leases: { other: [90, 0, 2_000_000] } } satisfies BudgetState;
    expect(correctedBudget(busy, { spentMicroUsd: 620, untilMs })).toMatchObject({
      spentMicroUsd: 500,
      presumedMicroUsd: 120,
    });
  });

  it('waits for a total that has the last call of those that fell silent', () => {
    expect(correctedBudget(silent, { spentMicroUsd: 620, untilMs: untilMs - 1 })).toBeUndefined();
  });

  it('is not told again by an environment that comes back', () => {
    const corrected = correctedBudget(silent, { spentMicroUsd: 620, untilMs }) ?? silent;
    const back = request({
      spentMicroUsd: 120,
      toldMicroUsd: 0,
      leasedMicroUsd: 400,
      settledAtMs: 900,
      nowMs: 2_000_000,
    });
    const { state } = decideLease(corrected, back);
    expect(state.spentMicroUsd).toBe(620);
    expect(decideLease(state, { ...back, spentMicroUsd: 150, toldMicroUsd: 120 }).state.spentMicroUsd).toBe(
      650,
    );
  });
});
