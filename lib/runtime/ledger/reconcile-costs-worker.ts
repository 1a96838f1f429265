import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { doorMetric } from '../../pipeline/metric.ts';
import { defaultCatalogue } from '../../pipeline/model/default-catalogue.ts';
import type { ProviderName } from '../../pipeline/model/model.ts';
import { atEndpoints } from '../../pipeline/model/regional-prices.ts';
import type { Window } from '../../pipeline/money/reconcile.ts';
import { HOUR_MS, hourStartMs } from '../../pipeline/utc.ts';
import { awsClient } from '../aws-client.ts';
import { readAdminKey } from '../provider-keys.ts';
import { createStageTelemetry } from '../stage-telemetry.ts';
import { systemClock } from '../system-clock.ts';
import { createCallRecords } from './call-records.ts';
import { createLedgerTable } from './ledger-table.ts';
import { createOpenAiUsage } from './openai-usage.ts';
import { type Account, reconcileBooks } from './reconcile-books.ts';

/** Where an account is read: a model server's own record of calls, or OpenAI's usage API. */
type AccountSettings = { kind: 'calls' | 'openai-usage'; url: string; providers: readonly ProviderName[] };

/** What the function `reconcile-costs` is told by its environment. */
type Settings = {
  LEDGER_TABLE: string;
  TOTALS_TABLE: string;
  LEDGER_RETENTION_SECONDS: number;
  PROVIDER_KEYS_SECRET: string;
  PROVIDER_URLS: Partial<Record<ProviderName, string>>;
  ACCOUNTS: readonly AccountSettings[];
  METRICS_NAMESPACE: string;
};

/** Holds the ledger against the providers' accounts; a schedule calls it, or a person with hours of their choice. */
export const createReconcileCostsWorker = (settings: Settings) => {
  const ledger = createLedgerTable({
    client: new DynamoDBClient(awsClient),
    ledgerTable: settings.LEDGER_TABLE,
    totalsTable: settings.TOTALS_TABLE,
    retentionSeconds: settings.LEDGER_RETENTION_SECONDS,
    now: systemClock.now,
  });
  const books = { ledger, catalogue: atEndpoints(defaultCatalogue, settings.PROVIDER_URLS) };
  const telemetry = createStageTelemetry('reconcile-costs', settings.METRICS_NAMESPACE);
  return async (event: unknown): Promise<void> => {
    const window = windowOf(event, systemClock.now());
    let driftMicroUsd = 0;
    for (const account of await accountsOf(settings)) {
      const found = await reconcileBooks(books, account, window);
      driftMicroUsd += found.driftMicroUsd;
      telemetry.info('ledger reconciled', { ...found, providers: account.providers.join(' ') });
    }
    telemetry.measure(doorMetric.ledgerDrift.name, driftMicroUsd);
    telemetry.flush();
  };
};

/** OpenAI's account is left out while the secret has no admin key for it. */
const accountsOf = async ({ ACCOUNTS, PROVIDER_KEYS_SECRET }: Settings): Promise<Account[]> => {
  const usesOpenAi = ACCOUNTS.some(({ kind }) => kind === 'openai-usage');
  const adminKey = usesOpenAi ? await readAdminKey(PROVIDER_KEYS_SECRET) : '';
  return ACCOUNTS.flatMap(({ kind, url, providers }) => {
    if (kind === 'calls') return [{ providers, source: createCallRecords(url) }];
    return adminKey === '' ? [] : [{ providers, source: createOpenAiUsage(url, adminKey) }];
  });
};

/** `untilHour` is no longer part of it. */
const chosenHours = z.object({ fromHour: z.string(), untilHour: z.string() });

/** Providers' accounts are complete after an hour or two. */
const LAG_MS = 2 * HOUR_MS;

/** A day, and what the run before may have missed: to look at an hour twice changes nothing. */
const LOOKS_BACK_MS = 26 * HOUR_MS;

/** The hours that a person has asked for, or those of the last day. */
export const windowOf = (event: unknown, nowMs: number): Window => {
  const chosen = chosenHours.safeParse(event).data;
  if (chosen !== undefined) {
    const window = { fromMs: hourStartMs(chosen.fromHour), untilMs: hourStartMs(chosen.untilHour) };
    if (!(window.fromMs < window.untilMs)) throw new Error('fromHour must be an hour before untilHour');
    return window;
  }
  const untilMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS - LAG_MS;
  return { fromMs: untilMs - LOOKS_BACK_MS, untilMs };
};
