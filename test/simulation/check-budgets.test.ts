import type { BudgetRules } from '../../lib/pipeline/money/budget.ts';
import { checkHistory } from '../../lib/simulation/check-history.ts';
import type { HistoryEvent } from '../../lib/simulation/history.ts';
import { ends, kindsOf, sent, started } from './story.ts';

const rules: BudgetRules = { criticalShare: 0.5, tenants: { poor: 100 } };

const kindsIn = (history: HistoryEvent[], budgets = rules) =>
  kindsOf(checkHistory(history, { budgets, isComplete: false }).violations).filter(
    (kind) =>
      kind === 'paid-past-budget' || kind === 'failed-without-cause' || kind === 'budget-undercounted',
  );

const jobOf = (jobId: string, user: string, lane: 'critical' | 'low' = 'critical'): HistoryEvent[] => [
  sent(0, { jobId, user, lane, deadlineAtMs: 200_000_000 }),
  { kind: 'delivered', atMs: 0, jobId, environment: 1, receives: 1 },
];
const begun = [
  ...jobOf('a', 'poor/u'),
  ...jobOf('b', 'poor/v'),
  ...jobOf('low', 'poor/w', 'low'),
  ...jobOf('rich', 'rich/u'),
];
const start = (atMs: number, callId: string, jobId: string) => started(atMs, callId, { jobId });
const end = (atMs: number, callId: string, costMicroUsd: number): HistoryEvent => ({
  kind: 'call-ended',
  atMs,
  callId,
  outcome: 'answer',
  billed: true,
  costMicroUsd,
});

describe('a call', () => {
  it('that starts when its tenant has spent everything is found', () => {
    const history = [...begun, start(1, '1', 'a'), end(2, '1', 100), start(3, '2', 'b')];
    expect(kindsIn(history)).toEqual(['paid-past-budget']);
  });

  it('that was under way by then is none', () => {
    expect(
      kindsIn([...begun, start(1, '1', 'a'), start(2, '2', 'b'), end(3, '1', 100), end(4, '2', 90)]),
    ).toEqual([]);
  });

  it('of another tenant, of another day or of one without a budget is none', () => {
    const spent = [...begun, start(1, '1', 'a'), end(2, '1', 100)];
    expect(kindsIn([...spent, start(3, '2', 'rich')])).toEqual([]);
    expect(kindsIn([...spent, start(86_400_001, '2', 'b')])).toEqual([]);
    expect(kindsIn([...spent, start(3, '2', 'b')], { criticalShare: 0, tenants: {} })).toEqual([]);
  });

  it('into the reserve is for critical alone', () => {
    const half = [...begun, start(1, '1', 'a'), end(2, '1', 50)];
    expect(kindsIn([...half, start(3, '2', 'b')])).toEqual([]);
    expect(kindsIn([...half, start(3, '2', 'low')])).toEqual(['paid-past-budget']);
  });
});

it('an ending for want of money needs a budget', () => {
  const ending = { status: 'failed', reason: 'budget-exhausted' } as const;
  expect(kindsIn([...begun, ...ends(5, ending, 1, 'a')])).toEqual([]);
  expect(kindsIn([...begun, ...ends(5, ending, 1, 'rich')])).toEqual(['failed-without-cause']);
});

describe('a record that has been corrected', () => {
  const recorded = (atMs: number, recordedMicroUsd: number, leasedMicroUsd = 0): HistoryEvent => {
    return { kind: 'budget-recorded', atMs, tenantId: 'poor', recordedMicroUsd, leasedMicroUsd };
  };
  const spent = [...begun, start(1, '1', 'a'), end(2, '1', 60)];

  it('and has less than calls have cost is found', () => {
    expect(kindsIn([...spent, recorded(40_000, 40, 19)])).toEqual(['budget-undercounted']);
    expect(kindsIn([...spent, recorded(40_000, 40, 20)])).toEqual([]);
  });

  it('may not have heard yet of a call that has just ended, nor for minutes of one whose worker died', () => {
    expect(kindsIn([...spent, recorded(20_000, 0)])).toEqual([]);
    const killed: HistoryEvent = { kind: 'environment-killed', atMs: 1, environment: 1 };
    const orphaned = [...begun, start(1, '1', 'a'), killed, end(2, '1', 60)];
    expect(kindsIn([...orphaned, recorded(800_000, 0)])).toEqual([]);
    expect(kindsIn([...orphaned, recorded(1_000_000, 0)])).toEqual(['budget-undercounted']);
  });
});
