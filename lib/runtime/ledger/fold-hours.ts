import { foldEntries, hoursToFold } from '../../pipeline/money/totals.ts';
import type { LedgerTable } from './ledger-table.ts';
import type { TotalsTable } from './totals-table.ts';

type Tables = { ledger: Pick<LedgerTable, 'read'>; totals: TotalsTable; now(): number };

/**
 * A mark younger than this stays for the next fold: reads are eventually consistent, so the entries that it speaks of
 * may not all be seen. In ms.
 */
const SETTLED_MS = 60_000;

/** What a fold has done. `tenants`: those with entries in these hours; `readAtMs`: when the ledger was looked at. */
export type Folded = { hours: number; entries: number; tenants: ReadonlySet<string>; readAtMs: number };

/** Sets the totals of the running hour, of the one before, and of those that got entries late. */
export const foldHours = async ({ ledger, totals, now }: Tables): Promise<Folded> => {
  const nowMs = now();
  const late = await totals.lateHours();
  const hours = new Set([...late.map(({ hour }) => hour), ...hoursToFold(nowMs)]);
  const tenants = new Set<string>();
  let count = 0;
  for (const hour of hours) {
    const entries = await ledger.read(hour);
    await totals.set(hour, foldEntries(entries));
    for (const { tenantId } of entries) tenants.add(tenantId);
    count += entries.length;
  }
  for (const mark of late) if (nowMs - mark.markedAtMs >= SETTLED_MS) await totals.unmark(mark);
  return { hours: hours.size, entries: count, tenants, readAtMs: nowMs };
};
