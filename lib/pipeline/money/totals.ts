import type { LaneName } from '../job/lane.ts';
import type { ProviderName, ServiceTier } from '../model/model.ts';
import { HOUR_MS, hourStartMs, utcHour } from '../utc.ts';
import { addSums, type LedgerEntry, noSums, type Sums, type UNKNOWN } from './ledger.ts';

/** What costs are told apart by. */
export type TotalsCell = Sums & {
  provider: ProviderName;
  modelId: string;
  tier: ServiceTier | 'unknown';
  lane: LaneName | typeof UNKNOWN;
};

/** What one tenant, or all together, have spent in an hour. Cells are in the order of their names. */
export type Totals = { all: Sums; cells: readonly TotalsCell[] };

/** Totals of an hour: of all tenants together, and of each. */
export type HourTotals = { all: Totals; tenants: ReadonlyMap<string, Totals> };

/** Entries to totals. A pure sum: the order of entries means nothing, and no entry is left out. */
export const foldEntries = (entries: readonly LedgerEntry[]): HourTotals => {
  const byTenant = Map.groupBy(entries, ({ tenantId }) => tenantId);
  return {
    all: totalsOf(entries),
    tenants: new Map([...byTenant].map(([tenantId, own]) => [tenantId, totalsOf(own)])),
  };
};

/** The partition of a tenant's day. A tenant may be called `*`, which is the name of all tenants together. */
export const tenantDayOf = (tenantId: string, day: string): string =>
  `${tenantId.startsWith('*') ? '*' : ''}${tenantId}#${day}`;

/** The partition of the day of all tenants together. */
export const allTenantsDayOf = (day: string): string => `*#${day}`;

const totalsOf = (entries: readonly LedgerEntry[]): Totals => {
  const cells = new Map<string, TotalsCell>();
  for (const entry of entries) {
    const { provider, modelId, tier, lane } = entry;
    const name = [provider, modelId, tier, lane].join(' ');
    const cell = cells.get(name);
    cells.set(name, { provider, modelId, tier, lane, ...addSums(cell ?? noSums, entry) });
  }
  const sorted = [...cells].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, cell]) => cell);
  return { all: sorted.reduce<Sums>((sum, cell) => addSums(sum, cell), noSums), cells: sorted };
};

/** Folds come every five minutes, and look at the running hour and the one before. */
export const FOLD_EVERY_MINUTES = 5;

/** When an entry may be too late for the last regular fold of its hour; two folds' time is left for a slow one. */
const LATE_AFTER_MS = 2 * HOUR_MS - 2 * FOLD_EVERY_MINUTES * 60_000;

/** The partition that lists hours to be folded again. Every tenant's has a `#` in its key. */
export const LATE = 'late';

/** Whether an entry that is written now must have its hour folded once more. */
export const isLate = (atMs: number, nowMs: number): boolean =>
  nowMs - hourStartMs(utcHour(atMs)) > LATE_AFTER_MS;

/** The hours that every fold looks at. */
export const hoursToFold = (nowMs: number): readonly string[] => [utcHour(nowMs - HOUR_MS), utcHour(nowMs)];
