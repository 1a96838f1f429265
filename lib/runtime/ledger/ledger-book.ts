import type { LedgerEntry } from '../../pipeline/money/ledger.ts';
import type { LedgerTable } from './ledger-table.ts';
import type { RepairQueue } from './repair-queue.ts';

/** Where entries are now: in the ledger, on their way to it, or nowhere. */
export type Booked =
  | { kind: 'written' }
  | { kind: 'to-repair'; count: number; error?: unknown }
  | { kind: 'lost'; count: number; error: unknown };

/** Enters calls in the ledger. Never rejects: no job fails for its accounts. */
export type LedgerBook = { enter(entries: readonly LedgerEntry[], remainingMs: number): Promise<Booked> };

/** What a healthy table needs many times over; a worker is paid for while it waits. In ms. */
const WRITE_MS = 2_000;

/** Kept of an invocation for the repair queue and the answer to Lambda, in ms. */
const MARGIN_MS = 2_500;

export const createLedgerBook = (table: Pick<LedgerTable, 'write'>, repair: RepairQueue): LedgerBook => ({
  enter: async (entries, remainingMs) => {
    if (entries.length === 0) return { kind: 'written' };
    const { unwritten, error } = await table.write(entries, Math.min(WRITE_MS, remainingMs - MARGIN_MS));
    if (unwritten.length === 0) return { kind: 'written' };
    const count = unwritten.length;
    try {
      await repair.send(unwritten);
      return { kind: 'to-repair', count, ...(error !== undefined && { error }) };
    } catch (refused) {
      return { kind: 'lost', count, error: refused };
    }
  },
});
