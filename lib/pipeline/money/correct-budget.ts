import type { FleetStore } from '../ports.ts';
import {
  type BudgetState,
  budgetStateSchema,
  type LedgerTotal,
  leasedMicroUsd,
  recordedMicroUsd,
  SLICE_MS,
  withTotal,
} from './budget-record.ts';
import { type BudgetKey, KEEP_FOR_MS } from './budgets.ts';

/**
 * From the end of a call to its entry: the rest of an invocation of 150 s; if its worker died, the 180 s until its
 * messages come back and the next claim enters a guess. In ms.
 */
export const LEDGER_LAG_MS = 240_000;

/** The ledger, looked at now, has the calls that ended before this. Where a slice of the record ends, so that none is cut. */
export const knownUntilMs = (readAtMs: number): number =>
  Math.floor((readAtMs - LEDGER_LAG_MS) / SLICE_MS) * SLICE_MS;

/** A record as the ledger knows it. `undefined`: that makes no difference. */
export const correctedBudget = (known: BudgetState, total: LedgerTotal): BudgetState | undefined => {
  if (total.untilMs <= known.correctedUntilMs) return undefined;
  const next = withTotal(known, total);
  const isNew =
    recordedMicroUsd(next) !== recordedMicroUsd(known) || leasedMicroUsd(next) !== leasedMicroUsd(known);
  return isNew ? next : undefined;
};

/**
 * One that loses against an environment is made again with the next total, minutes later. A record that cannot be read
 * is left to the next environment that needs it: that one rebuilds it, and tells somebody.
 */
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
