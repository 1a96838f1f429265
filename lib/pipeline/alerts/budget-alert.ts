import type { BudgetWarning, RebuiltBudget } from '../money/budgets.ts';
import { DAY_MS, dayStartMs } from '../utc.ts';
import type { RaisedAlert } from './alert.ts';

/** Told once a day, tenant and limit, and over with the day: the next one has its own money. */
export const budgetAlert = (
  { day, lane }: BudgetWarning,
  tenantHash: string,
  nowMs: number,
): RaisedAlert => ({
  name: 'budget-warnings',
  severity: 'warning',
  state: 'firing',
  labels: { tenant: tenantHash, lane },
  atMs: nowMs,
  endsAtMs: dayStartMs(day) + DAY_MS,
});

/** The record of a tenant's day could not be read: what had been told since the last totals is missing for minutes. */
export const rebuiltAlert = ({ day }: RebuiltBudget, tenantHash: string, nowMs: number): RaisedAlert => ({
  name: 'budget-records',
  severity: 'warning',
  state: 'firing',
  labels: { tenant: tenantHash },
  atMs: nowMs,
  endsAtMs: dayStartMs(day) + DAY_MS,
});
