import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { bookedJobs } from '../../bench/ledger-load.ts';
import type { LedgerEntry } from '../../pipeline/money/ledger.ts';
import { foldEntries } from '../../pipeline/money/totals.ts';
import { entryOfRow, rowOf } from '../../runtime/ledger/ledger-row.ts';
import type { Calibration } from '../calibration.ts';

const JOBS = 50_000;
const BATCH = 10;
/** What DynamoDB's pages of 1 MB hold of entries, about. */
const PAGE = 2_000;

/** What `total-costs` does with each entry of the hours that it folds: reads it off a page, keeps it, sums it up. */
export const measureFoldCost = (): Pick<Calibration, 'foldMicrosPerEntry' | 'foldBytesPerEntry'> => {
  const pages = pagesOfEntries();
  const kept: LedgerEntry[] = [];
  const heapBefore = heapAfterCollection();
  const cpuBefore = process.threadCpuUsage();
  for (const page of pages) kept.push(...JSON.parse(page).map(entryOfRow));
  const totals = foldEntries(kept);
  const { user, system } = process.threadCpuUsage(cpuBefore);
  const heapBytes = heapAfterCollection() - heapBefore;
  if (totals.all.all.calls !== kept.length) throw new Error('a fold has lost entries');
  return {
    foldMicrosPerEntry: Math.round(((user + system) / kept.length) * 10) / 10,
    foldBytesPerEntry: Math.round(heapBytes / kept.length),
  };
};

const pagesOfEntries = (): string[] => {
  const rows = bookedJobs(JOBS, BATCH, 0)
    .flatMap(({ entries }) => entries)
    .map((entry) => rowOf(entry, 0));
  return Array.from({ length: Math.ceil(rows.length / PAGE) }, (_, page) =>
    JSON.stringify(rows.slice(page * PAGE, (page + 1) * PAGE)),
  );
};

const heapAfterCollection = (): number => {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
};
