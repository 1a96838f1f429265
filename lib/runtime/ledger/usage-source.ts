import type { ProviderName, ServiceTier } from '../../pipeline/model/model.ts';
import type { BilledCall, Window } from '../../pipeline/money/reconcile.ts';
import type { UsageSum } from '../../pipeline/money/reconcile-sums.ts';

/** A provider's own account of what it was asked: call by call, or in sums. Rejects when it cannot be read. */
export type UsageSource =
  | { kind: 'calls'; read(window: Window): Promise<readonly BilledCall[]> }
  | { kind: 'sums'; provider: ProviderName; read(window: Window): Promise<readonly UsageSum[]> };

/** Providers' words for their tiers. */
const tiers: Readonly<Record<string, ServiceTier>> = {
  default: 'default',
  standard: 'default',
  priority: 'priority',
  fast: 'priority',
  flex: 'flex',
};

export const tierOf = (word: string): ServiceTier | 'unknown' => tiers[word] ?? 'unknown';

/** An account is read once a day, and may take its time. In ms. */
const TIMEOUT_MS = 30_000;

/** Fetches a page of an account. */
export const fetchAccount = async (
  url: URL,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> => {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`the account answered with status ${response.status}`);
  return response.json();
};

/** A page of an account, and the name of the next one. */
export type UsagePage = { sums: readonly UsageSum[]; next: string | undefined };

export const readPages = async (
  read: (page: string | undefined) => Promise<UsagePage>,
): Promise<UsageSum[]> => {
  const sums: UsageSum[] = [];
  let next: string | undefined;
  do {
    const page = await read(next);
    sums.push(...page.sums);
    next = page.next;
  } while (next !== undefined);
  return sums;
};

/** Accounts name the snapshot of a model (`-2026-05-01`, `-20260501`) where the call named the model. */
export const withoutSnapshot = (modelId: string): string => modelId.replace(/-\d{4}-?\d{2}-?\d{2}$/, '');

/** The most hours that a page may have, at both providers. */
export const HOURS_PER_PAGE = 168;
