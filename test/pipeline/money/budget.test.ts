import fc from 'fast-check';
import {
  budgetOf,
  decideLease,
  LEASE_MS,
  type LeaseRequest,
  limitOfLane,
  WARNING_SHARE,
} from '../../../lib/pipeline/money/budget.ts';
import {
  type BudgetState,
  emptyBudget,
  GRACE_MS,
  recordedMicroUsd,
} from '../../../lib/pipeline/money/budget-record.ts';
import { correctedBudget, knownUntilMs } from '../../../lib/pipeline/money/correct-budget.ts';

const request = (changes: Partial<LeaseRequest> = {}): LeaseRequest => ({
  environment: 'own',
  nowMs: 1_000_000,
  limitMicroUsd: 10_000,
  estimateMicroUsd: 100,
  calls: 1,
  inFlightMicroUsd: 0,
  spentMicroUsd: 0,
  toldMicroUsd: 0,
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
      const decided = decideLease(emptyBudget, request({ calls, limitMicroUsd }));
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
    expect(recordedMicroUsd(after.state)).toBe(9_950);
    expect(after.state.leases).not.toHaveProperty('other');
  });

  it('of an environment that comes back stays counted beside what that one tells, until the ledger knows', () => {
    const known = stateWith({ spentMicroUsd: 50, ahead: [[960_000, 700]] });
    const { state } = decideLease(known, request({ spentMicroUsd: 80, toldMicroUsd: 50 }));
    expect(recordedMicroUsd(state)).toBe(780);
  });

  it('tells the sum of a day, so that a write that was made and not heard of counts once', () => {
    const first = decideLease(emptyBudget, request({ spentMicroUsd: 300 }));
    const again = decideLease(first.state, request({ spentMicroUsd: 450 }));
    expect(recordedMicroUsd(again.state)).toBe(450);
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
        const own = new Map<string, number>();
        let state = emptyBudget;
        let [nowMs, leftBehind] = [1, 0];
        for (const { environment, spends, passesMs, isHeard, ...wish } of steps) {
          nowMs += passesMs;
          const toldMicroUsd = own.get(environment) ?? 0;
          const spentMicroUsd = toldMicroUsd + spends;
          own.set(environment, spentMicroUsd);
          leftBehind += deadBesides(state, environment, nowMs);
          const asked = { environment, nowMs, ...wish, spentMicroUsd, toldMicroUsd, settledAtMs: nowMs };
          state = decideLease(state, request(asked)).state;
          if (!isHeard) state = decideLease(state, request(asked)).state;
        }
        const told = [...own.values()].reduce((sum, spent) => sum + spent, 0);
        expect(recordedMicroUsd(state)).toBe(told + leftBehind);
      }),
      { seed: 20_264 },
    );
  });
});

/** What environments have leased that fell silent, but for the one that writes. */
const deadBesides = ({ leases }: BudgetState, environment: string, nowMs: number): number =>
  Object.entries(leases)
    .filter(([name, [, , endsAtMs]]) => name !== environment && endsAtMs + GRACE_MS <= nowMs)
    .reduce((sum, [, [leased]]) => sum + leased, 0);

describe('the warning', () => {
  const near = stateWith({ spentMicroUsd: 10_000 * WARNING_SHARE });

  it('is raised by the write that crosses the mark, and by no later one', () => {
    expect(decideLease(stateWith({ spentMicroUsd: 7_999 }), request()).warns).toBe(false);
    const crossing = decideLease(near, request());
    expect(crossing.warns).toBe(true);
    expect(decideLease(crossing.state, request({ environment: 'other' })).warns).toBe(false);
  });

  it('is raised for each limit: most of what other lanes may spend is not most of what critical may', () => {
    const others = decideLease(stateWith({ spentMicroUsd: 4_000 }), request({ limitMicroUsd: 5_000 }));
    expect(others.warns).toBe(true);
    const confirmed = decideLease(others.state, request({ limitMicroUsd: 5_000, hasWarned: true })).state;
    expect(decideLease({ ...confirmed, spentMicroUsd: 7_999 }, request()).warns).toBe(false);
    const critical = decideLease({ ...confirmed, spentMicroUsd: 8_000 }, request());
    expect(critical.warns).toBe(true);
    expect(decideLease(critical.state, request({ limitMicroUsd: 5_000 })).warns).toBe(false);
  });

  it('is raised with the first refusal at the latest, however little is spent', () => {
    const refused = decideLease(emptyBudget, request({ limitMicroUsd: 99 }));
    expect([refused.kind, refused.warns, refused.isNews]).toEqual(['exhausted', true, true]);
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
  const T = 1_200_000;
  const dead = { gone: [400, 0, T - GRACE_MS] } satisfies BudgetState['leases'];

  it('takes the place of all that the ledger has by then: what was told, and what the dead had leased', () => {
    const known = stateWith({ spentMicroUsd: 500, ahead: [[T, 70]], leases: dead });
    expect(correctedBudget(known, { spentMicroUsd: 620, untilMs: T })).toMatchObject({
      spentMicroUsd: 620,
      correctedUntilMs: T,
      ahead: [],
      leases: {},
    });
  });

  it('leaves what came later, whoever else is at work', () => {
    const leases: BudgetState['leases'] = { ...dead, living: [90, 0, T - GRACE_MS + 1] };
    const known = stateWith({
      spentMicroUsd: 500,
      ahead: [
        [T, 70],
        [T + 60_000, 30],
      ],
      leases,
    });
    const corrected = correctedBudget(known, { spentMicroUsd: 620, untilMs: T });
    expect(corrected).toMatchObject({
      ahead: [[T + 60_000, 30]],
      leases: { living: [90, 0, T - GRACE_MS + 1] },
    });
  });

  it('is not made when it changes nothing, nor by an older total', () => {
    const known = stateWith({ spentMicroUsd: 500, correctedUntilMs: T, ahead: [[T + 60_000, 30]] });
    expect(correctedBudget(known, { spentMicroUsd: 530, untilMs: T + 60_000 })).toBeUndefined();
    expect(correctedBudget(known, { spentMicroUsd: 100, untilMs: T })).toBeUndefined();
  });

  it('reaches to the end of a minute, four minutes before the ledger was looked at', () => {
    expect([T + 240_000, T + 299_999, T + 300_000].map(knownUntilMs)).toEqual([T, T, T + 60_000]);
  });

  it('is not told again by an environment that comes back', () => {
    const corrected = stateWith({ spentMicroUsd: 620, correctedUntilMs: T });
    const back = request({ spentMicroUsd: 120, settledAtMs: T, nowMs: 2 * T });
    const { state } = decideLease(corrected, back);
    expect(recordedMicroUsd(state)).toBe(620);
    const later = { ...back, spentMicroUsd: 150, toldMicroUsd: 120, settledAtMs: 2 * T };
    expect(recordedMicroUsd(decideLease(state, later).state)).toBe(650);
  });

  it('that does not come for hours leaves a record that does not grow, and is made up for by the next one', () => {
    let state = emptyBudget;
    for (let minute = 1; minute <= 600; minute += 1)
      state = decideLease(
        state,
        request({ nowMs: minute * 60_000, spentMicroUsd: minute * 10, settledAtMs: minute * 60_000 }),
      ).state;
    expect(recordedMicroUsd(state)).toBe(6_000);
    expect(state.ahead.length).toBeLessThanOrEqual(16);
    const corrected = correctedBudget(state, { spentMicroUsd: 5_900, untilMs: 595 * 60_000 });
    expect(recordedMicroUsd(corrected ?? state)).toBe(5_950);
  });
});
