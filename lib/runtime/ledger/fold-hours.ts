import { hoursBetween, type LedgerEntry } from '../../pipeline/money/ledger.ts';
import { foldEntries, hoursToFold } from '../../pipeline/money/totals.ts';
import { hourStartMs, utcHour } from '../../pipeline/utc.ts';
import type { LedgerTable } from './ledger-table.ts';
import type { LateHour, TotalsTable } from './totals-table.ts';

type Tables = { ledger: Pick<LedgerTable, 'read'>; totals: TotalsTable; now(): number };

/**
 * A mark younger than this stays for the next fold: reads are eventually consistent, so the entries that it speaks of
 * may not all be seen. In ms.
 */
const SETTLED_MS = 60_000;

/** Before the name of the hour that ran when the last whole fold came: whatever has run since is still to be folded. */
const RUNNING = 'running#';

/** What a fold has done. `entries`: all of these hours; `readAtMs`: when the ledger was looked at. */
export type Folded = { hours: number; entries: readonly LedgerEntry[]; readAtMs: number };

/**
 * Sets the totals of the running hour, of all since the last fold, of the one before, and of those that got entries
 * late. One hour that cannot be folded keeps none of the others from it.
 */
export const foldHours = async ({ ledger, totals, now }: Tables): Promise<Folded> => {
  const nowMs = now();
  const marks = await totals.lateHours();
  const hours = hoursOf(marks, nowMs);
  const folded = await Promise.allSettled(
    hours.map(async (hour) => {
      const entries = await ledger.read(hour);
      await totals.set(hour, foldEntries(entries));
      return entries;
    }),
  );
  const failed = new Set(hours.filter((_hour, index) => folded[index]?.status === 'rejected'));
  await moveMarks(totals, marks, { nowMs, failed });
  const errors = folded.flatMap((hour) => (hour.status === 'rejected' ? [hour.reason] : []));
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} hours were not folded`);
  const entries = folded.flatMap((hour) => (hour.status === 'fulfilled' ? hour.value : []));
  return { hours: hours.length, entries, readAtMs: nowMs };
};

/** The running hour first. */
const hoursOf = (marks: readonly LateHour[], nowMs: number): readonly string[] => {
  const late = marks.filter((mark) => !isRunning(mark)).map(({ hour }) => hour);
  const since = marks.filter(isRunning).map(({ hour }) => hourStartMs(hour.slice(RUNNING.length)));
  const missed = since.length === 0 ? [] : hoursBetween(Math.min(...since), nowMs);
  return [...new Set([...hoursToFold(nowMs), ...missed, ...late])].sort().toReversed();
};

/** When the last fold began that left no hour out: entries of before are in the totals. `undefined` before the first one. */
export const lastFoldMs = (marks: readonly LateHour[]): number | undefined => {
  const folds = marks.filter(isRunning).map(({ markedAtMs }) => markedAtMs);
  return folds.length === 0 ? undefined : Math.max(...folds);
};

const isRunning = ({ hour }: LateHour): boolean => hour.startsWith(RUNNING);

type Moved = { nowMs: number; failed: ReadonlySet<string> };

/** The mark of the running hour is set before those of earlier ones are taken off: a fold that dies leaves too many. */
const moveMarks = async (totals: TotalsTable, marks: readonly LateHour[], { nowMs, failed }: Moved) => {
  const running = `${RUNNING}${utcHour(nowMs)}`;
  if (failed.size === 0) await totals.mark({ hour: running, markedAtMs: nowMs });
  for (const mark of marks) {
    const isOver = isRunning(mark)
      ? mark.hour !== running && failed.size === 0
      : nowMs - mark.markedAtMs >= SETTLED_MS && !failed.has(mark.hour);
    if (isOver) await totals.unmark(mark);
  }
};
