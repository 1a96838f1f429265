import { hoursBetween, type LedgerEntry } from '../../pipeline/money/ledger.ts';
import { foldEntries, hoursToFold } from '../../pipeline/money/totals.ts';
import { HOUR_MS, hourStartMs, utcDay, utcHour } from '../../pipeline/utc.ts';
import { failedTogether } from '../failed-together.ts';
import type { LateHour } from './late-hour.ts';
import type { LedgerTable } from './ledger-table.ts';
import type { TotalsTable } from './totals-table.ts';

type Tables = { ledger: Pick<LedgerTable, 'read'>; totals: TotalsTable; now(): number };

/**
 * A mark younger than this stays for the next fold: reads are eventually consistent, so the entries that it speaks of
 * may not all be seen. In ms.
 */
const SETTLED_MS = 60_000;

/** Before the name of the hour up to which all are folded: whatever has run since is still to be. */
const RUNNING = 'running#';

/** Hours of other days that a fold makes up for. Each is eight queries, all at once: of months, none would be answered in time. */
const MOST_MISSED = 48;

/** What a fold has done. `entries`: all of these hours; `readAtMs`: when the ledger was looked at. */
export type Folded = { hours: number; entries: readonly LedgerEntry[]; readAtMs: number };

/**
 * Sets the totals of the running hour, of all since the last fold, of the one before, and of those that got entries
 * late. One hour that cannot be folded keeps none of the others from it.
 */
export const foldHours = async ({ ledger, totals, now }: Tables): Promise<Folded> => {
  const nowMs = now();
  const marks = await totals.lateHours();
  const { hours, completeTo } = hoursOf(marks, nowMs);
  const folded = await Promise.allSettled(
    hours.map(async (hour) => {
      const entries = await ledger.read(hour);
      await totals.set(hour, foldEntries(entries));
      return entries;
    }),
  );
  const failed = new Set(hours.filter((_hour, index) => folded[index]?.status === 'rejected'));
  await moveMarks(totals, marks, { nowMs, completeTo, failed });
  const errors = folded.flatMap((hour) => (hour.status === 'rejected' ? [hour.reason] : []));
  if (errors.length > 0) throw failedTogether(errors, `${errors.length} hours were not folded`);
  const entries = folded.flatMap((hour) => (hour.status === 'fulfilled' ? hour.value : []));
  return { hours: hours.length, entries, readAtMs: nowMs };
};

/**
 * The running hour first. Of those that were missed all of today, by which budgets are corrected, and then the oldest.
 * `completeTo`: the last hour before which none is left to do.
 */
const hoursOf = (marks: readonly LateHour[], nowMs: number) => {
  const late = marks.filter((mark) => !isRunning(mark)).map(({ hour }) => hour);
  const since = marks.filter(isRunning).map(({ hour }) => hourStartMs(hour.slice(RUNNING.length)));
  const missed = since.length === 0 ? [] : hoursBetween(Math.min(...since), nowMs);
  const today = missed.filter((hour) => hour.startsWith(utcDay(nowMs)));
  const earlier = missed.slice(0, missed.length - today.length);
  const next = earlier.slice(0, MOST_MISSED);
  const hours = [...new Set([...hoursToFold(nowMs), ...today, ...next, ...late])].sort().toReversed();
  const left = earlier.length > next.length ? next.at(-1) : undefined;
  return { hours, completeTo: left ?? utcHour(nowMs) };
};

/** What was entered until then is in the totals, in ms since 1970; `undefined` before the first whole fold. */
export const foldedUntilMs = (marks: readonly LateHour[]): number | undefined => {
  const folds = marks
    .filter(isRunning)
    .map(({ hour, markedAtMs }) => Math.min(markedAtMs, hourStartMs(hour.slice(RUNNING.length)) + HOUR_MS));
  return folds.length === 0 ? undefined : Math.max(...folds);
};

const isRunning = ({ hour }: LateHour): boolean => hour.startsWith(RUNNING);

type Moved = { nowMs: number; completeTo: string; failed: ReadonlySet<string> };

/** The mark of the running hour is set before those of earlier ones are taken off: a fold that dies leaves too many. */
const moveMarks = async (totals: TotalsTable, marks: readonly LateHour[], moved: Moved) => {
  const { nowMs, completeTo, failed } = moved;
  const running = `${RUNNING}${completeTo}`;
  if (failed.size === 0) await totals.mark({ hour: running, markedAtMs: nowMs });
  for (const mark of marks) {
    const isOver = isRunning(mark)
      ? mark.hour !== running && failed.size === 0
      : nowMs - mark.markedAtMs >= SETTLED_MS && !failed.has(mark.hour);
    if (isOver) await totals.unmark(mark);
  }
};
