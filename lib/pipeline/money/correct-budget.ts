import type { FleetStore } from '../ports.ts';
import { type BudgetState, budgetStateSchema, GRACE_MS, withoutDead } from './budget.ts';
import { type BudgetKey, KEEP_FOR_MS } from './budgets.ts';

/** What the ledger has for a tenant and day: every call that ended before `untilMs`. */
export type LedgerTotal = { spentMicroUsd: number; untilMs: number };

/**
 * A record as the ledger knows it. While environments hold leases, it only bounds what silent ones may have spent; when
 * none does, it says what was spent. `undefined`: it tells nothing new, or does not reach far enough yet.
 */
export const correctedBudget = (known: BudgetState, total: LedgerTotal): BudgetState | undefined => {
  const state = withoutDead(known, total.untilMs);
  if (total.untilMs < state.presumedUntilMs + GRACE_MS) return undefined;
  const unexplainedMicroUsd = Math.max(0, total.spentMicroUsd - state.spentMicroUsd);
  const isQuiet = Object.keys(state.leases).length === 0;
  const next = isQuiet
    ? {
        ...state,
        spentMicroUsd: total.spentMicroUsd,
        presumedMicroUsd: 0,
        correctedUntilMs: total.untilMs,
      }
    : { ...state, presumedMicroUsd: Math.min(state.presumedMicroUsd, unexplainedMicroUsd) };
  const isNew =
    next.spentMicroUsd !== known.spentMicroUsd || next.presumedMicroUsd !== known.presumedMicroUsd;
  return isNew ? next : undefined;
};

/** One that loses against an environment is made again with the next total, minutes later. */
export const correctBudget = async (
  store: FleetStore,
  key: BudgetKey,
  total: LedgerTotal,
): Promise<'corrected' | 'unchanged'> => {
  const record = (await store.list(key.family)).find(({ name }) => name === key.name);
  const known = budgetStateSchema.safeParse(record?.value).data;
  const next = known && correctedBudget(known, total);
  if (record === undefined || next === undefined) return 'unchanged';
  const written = await store.replace(key, record.version, next, KEEP_FOR_MS);
  return written.kind === 'replaced' ? 'corrected' : 'unchanged';
};
