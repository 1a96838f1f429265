import { type BudgetRules, budgetOf } from '../../pipeline/money/budget.ts';
import { budgetKeyOf } from '../../pipeline/money/budgets.ts';
import { correctBudget } from '../../pipeline/money/correct-budget.ts';
import { dayStartMs } from '../../pipeline/money/price.ts';
import type { FleetStore } from '../../pipeline/ports.ts';
import { utcDay } from '../../pipeline/utc.ts';
import { tenantHash } from '../tenant-hash.ts';
import type { Folded } from './fold-hours.ts';
import type { TotalsTable } from './totals-table.ts';

type Books = { totals: Pick<TotalsTable, 'spentOn'>; store: FleetStore; rules: BudgetRules };

/**
 * From the end of a call to its entry: the rest of an invocation of 150 s; if its worker died, the 180 s until its
 * messages come back and the next claim enters a guess. In ms.
 */
const ENTERED_WITHIN_MS = 240_000;

/**
 * Tells today's budgets what the ledger has: leases of workers that died or fell silent are no longer presumed to be
 * spent. Only tenants with calls in the last hours can have such; how many were corrected.
 */
export const correctBudgets = async (
  { totals, store, rules }: Books,
  { tenants, readAtMs }: Pick<Folded, 'tenants' | 'readAtMs'>,
): Promise<number> => {
  const untilMs = readAtMs - ENTERED_WITHIN_MS;
  const day = utcDay(readAtMs);
  if (untilMs < dayStartMs(day)) return 0;
  let corrected = 0;
  for (const tenantId of tenants) {
    if (budgetOf(rules, tenantId) === undefined) continue;
    const spentMicroUsd = await totals.spentOn(tenantId, day);
    const key = budgetKeyOf(tenantHash(tenantId), day);
    if ((await correctBudget(store, key, { spentMicroUsd, untilMs })) === 'corrected') corrected += 1;
  }
  return corrected;
};
