import { type BudgetRules, budgetOf } from '../../pipeline/money/budget.ts';
import { budgetKeyOf } from '../../pipeline/money/budgets.ts';
import { correctBudget, knownUntilMs } from '../../pipeline/money/correct-budget.ts';
import type { LedgerEntry } from '../../pipeline/money/ledger.ts';
import type { FleetStore } from '../../pipeline/ports.ts';
import { dayStartMs, utcDay } from '../../pipeline/utc.ts';
import { tenantHash } from '../tenant-hash.ts';
import type { Folded } from './fold-hours.ts';
import type { SpentOn } from './spent-on.ts';

type Books = { spentOn: SpentOn; store: FleetStore; rules: BudgetRules };

/**
 * Tells today's budgets what the ledger has, whatever their environments told or left behind; how many were corrected.
 * Only tenants with calls in the hours that were folded can have news.
 */
export const correctBudgets = async (
  { spentOn, store, rules }: Books,
  { entries, readAtMs }: Pick<Folded, 'entries' | 'readAtMs'>,
): Promise<number> => {
  const untilMs = knownUntilMs(readAtMs);
  const day = utcDay(readAtMs);
  if (untilMs < dayStartMs(day)) return 0;
  let corrected = 0;
  for (const [tenantId, own] of Map.groupBy(entries, (entry) => entry.tenantId)) {
    if (budgetOf(rules, tenantId) === undefined) continue;
    const spentMicroUsd = (await spentOn(tenantId, day)) - costSince(own, untilMs, day);
    const key = budgetKeyOf(tenantHash(tenantId), day);
    if ((await correctBudget(store, key, { spentMicroUsd, untilMs })) === 'corrected') corrected += 1;
  }
  return corrected;
};

/** Of calls that ended later than the total is to reach: the ledger may not have all of them yet. */
const costSince = (entries: readonly LedgerEntry[], fromMs: number, day: string): number =>
  entries
    .filter(({ atMs }) => atMs >= fromMs && utcDay(atMs) === day)
    .reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0);
