import type { Catalogue } from '../../pipeline/model/catalogue.ts';
import type { ProviderName } from '../../pipeline/model/model.ts';
import { hoursBetween, type LedgerEntry } from '../../pipeline/money/ledger.ts';
import { reconcileCalls, type Window } from '../../pipeline/money/reconcile.ts';
import { driftOfSums } from '../../pipeline/money/reconcile-sums.ts';
import { HOUR_MS } from '../../pipeline/utc.ts';
import type { LedgerTable } from './ledger-table.ts';
import type { UsageSource } from './usage-source.ts';

/** An account, and whose calls are on it. */
export type Account = { providers: readonly ProviderName[]; source: UsageSource };

/** `nowMs`: when it is done. */
export type Books = { ledger: LedgerTable; catalogue: Catalogue; nowMs: number };

/** What holding the ledger against an account has found, in numbers for the log. `driftMicroUsd` is the metric. */
export type Found = { driftMicroUsd: number } & Readonly<Record<string, number>>;

/** Clocks differ, and a lease ends after its calls: what is looked at on either side of the window. */
const MARGIN_MS = HOUR_MS;

/** Corrections wait for nothing and hold up nobody. In ms. */
const WRITE_MS = 10_000;

/** Holds the ledger against one account over a window, and writes what the account puts right. */
export const reconcileBooks = async (books: Books, account: Account, window: Window): Promise<Found> => {
  const { source } = account;
  switch (source.kind) {
    case 'calls': {
      const wide = { fromMs: window.fromMs - MARGIN_MS, untilMs: window.untilMs + MARGIN_MS };
      const bill = (await source.read(wide)).filter(({ provider }) => account.providers.includes(provider));
      const ledger = await entriesIn(books, account, wide);
      const { entries, ...found } = reconcileCalls({ ledger, bill }, window, books);
      const { unwritten, error } = await books.ledger.write(entries, WRITE_MS);
      if (unwritten.length > 0)
        throw new Error(`${unwritten.length} corrections were not written`, { cause: error });
      return found;
    }
    case 'sums': {
      const [sums, ledger] = [await source.read(window), await entriesIn(books, account, window)];
      const rates = { provider: source.provider, catalogue: books.catalogue, nowMs: window.fromMs };
      const own = ledger.filter(({ atMs }) => window.fromMs <= atMs && atMs < window.untilMs);
      return { driftMicroUsd: driftOfSums(own, sums, rates), models: sums.length };
    }
  }
};

/** What the ledger has of these providers, in micro-dollars. */
export const costIn = async (
  books: Books,
  of: Pick<Account, 'providers'>,
  window: Window,
): Promise<number> => {
  const entries = await entriesIn(books, of, window);
  return entries.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0);
};

const entriesIn = async (
  { ledger }: Books,
  { providers }: Pick<Account, 'providers'>,
  { fromMs, untilMs }: Window,
): Promise<readonly LedgerEntry[]> => {
  const hours = hoursBetween(fromMs, untilMs - 1);
  const read: LedgerEntry[] = [];
  for (const hour of hours) read.push(...(await ledger.read(hour)));
  return read.filter(({ provider }) => providers.includes(provider));
};
