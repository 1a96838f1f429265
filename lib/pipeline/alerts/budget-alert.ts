import type { BudgetWarning } from '../money/budgets.ts';
import { dayStartMs } from '../money/price.ts';
import { DAY_MS } from '../utc.ts';
import type { RaisedAlert } from './alert.ts';

/** Told once a day and tenant, and over with the day: the next one has its own money. */
export const budgetAlert = ({ day }: BudgetWarning, tenantHash: string, nowMs: number): RaisedAlert => ({
  name: 'budget-warnings',
  severity: 'warning',
  state: 'firing',
  labels: { tenant: tenantHash },
  atMs: nowMs,
  endsAtMs: dayStartMs(day) + DAY_MS,
});
