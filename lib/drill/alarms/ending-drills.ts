import type { BudgetRules } from '../../pipeline/money/budget.ts';
import { keepSending } from '../rig/keep-sending.ts';
import type { AlarmDrill } from './alarm-drill.ts';

/** Long before any job that is sent now. */
const past = { deadlineAt: '2026-01-01T00:00:00Z' };

const late = Array.from({ length: 5 }, () => past);

/** Less than what ten of the dearer jobs cost. */
const HOURLY_USD = 0.002;

/** A handful of calls of the cheapest model, in micro-dollars. */
const smallBudgets: BudgetRules = { perDayMicroUsd: 2_000, criticalShare: 0.1, tenants: {} };

export const endingDrills: readonly AlarmDrill[] = [
  {
    name: 'late-and-dear',
    condition: 'jobs come when their deadlines have passed, among others that cost more than an hour may',
    alarms: [
      'expired-jobs',
      ...['1h', '5m', '6h', '30m', 'fast', 'slow'].map((part) => `deadline-burn-${part}`),
      'spend-rate',
    ],
    // Six hours pass in 45 s.
    rig: { alarmTimeScale: 480, context: { spendPerHourUsd: String(HOURLY_USD) } },
    begin: (rig, during) => keepSending(rig, during, { everyMs: 300, jobs: [...late, { model: 'gpt-5' }] }),
    end: async () => undefined,
  },
  {
    name: 'spent-budget',
    condition: 'a tenant with a small budget sends more than it pays for',
    alarms: ['budgets-exhausted'],
    rig: { alarmTimeScale: 60, context: { budgets: JSON.stringify(smallBudgets) } },
    begin: (rig, during) => keepSending(rig, during, { everyMs: 300, jobs: [{}] }),
    end: async () => undefined,
  },
];
