import { type ProviderName, providerNames } from '../../pipeline/model/model.ts';
import { DRIFT_MICRO_USD, type Window } from '../../pipeline/money/reconcile.ts';
import { type Account, type Books, costIn, type Found, reconcileBooks } from './reconcile-books.ts';

/** What holding the ledger against every account has come to. */
export type Reconciliation = {
  accounts: readonly { providers: string; found: Found }[];
  /** Of all accounts. When one was not read, only drift that is too much without it: nobody knows that there is none. */
  driftMicroUsd: number | undefined;
  /** Whose calls no account was held against, and what they cost by the ledger. */
  open: { providers: string; costMicroUsd: number };
  /** Why accounts were not read. */
  errors: readonly unknown[];
};

/** One account that cannot be read keeps none of the others from it. */
export const reconcileAccounts = async (
  books: Books,
  accounts: readonly Account[],
  window: Window,
): Promise<Reconciliation> => {
  const open = new Set<ProviderName>(providerNames);
  const read: Reconciliation['accounts'][number][] = [];
  const errors: unknown[] = [];
  for (const account of accounts) {
    try {
      const found = await reconcileBooks(books, account, window);
      read.push({ providers: wordsOf(account.providers), found });
      for (const name of account.providers) open.delete(name);
    } catch (error) {
      errors.push(error);
    }
  }
  const providers = [...open];
  const seenMicroUsd = read.reduce((sum, { found }) => sum + found.driftMicroUsd, 0);
  const isKnown = (read.length > 0 && errors.length === 0) || seenMicroUsd > DRIFT_MICRO_USD;
  return {
    accounts: read,
    driftMicroUsd: isKnown ? seenMicroUsd : undefined,
    open: { providers: wordsOf(providers), costMicroUsd: await costIn(books, { providers }, window) },
    errors,
  };
};

const wordsOf = (names: readonly ProviderName[]): string => names.join(' ');
