import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { doorMetric } from '../../pipeline/metric.ts';
import { defaultCatalogue } from '../../pipeline/model/default-catalogue.ts';
import type { ProviderName } from '../../pipeline/model/model.ts';
import { atEndpoints } from '../../pipeline/model/regional-prices.ts';
import { ENTERED_AFTER_MS, type Window } from '../../pipeline/money/reconcile.ts';
import { HOUR_MS, hourStartMs } from '../../pipeline/utc.ts';
import { type AdminKeys, readAdminKeys } from '../admin-keys.ts';
import { awsClient } from '../aws-client.ts';
import { failedTogether } from '../failed-together.ts';
import { createStageTelemetry, type StageTelemetry } from '../stage-telemetry.ts';
import { systemClock } from '../system-clock.ts';
import { createAnthropicUsage } from './anthropic-usage.ts';
import { createCallRecords } from './call-records.ts';
import { createLedgerTable } from './ledger-table.ts';
import { createOpenAiUsage } from './openai-usage.ts';
import { type Reconciliation, reconcileAccounts } from './reconcile-accounts.ts';
import type { Account } from './reconcile-books.ts';
import type { UsageSource } from './usage-source.ts';

/** Where an account is read: a model server's own record of calls, or a provider's usage API. */
type AccountSettings = {
  kind: 'calls' | 'openai-usage' | 'anthropic-usage';
  url: string;
  providers: readonly ProviderName[];
};

/** What the function `reconcile-costs` is told by its environment. */
type Settings = {
  LEDGER_TABLE: string;
  TOTALS_TABLE: string;
  LEDGER_RETENTION_SECONDS: number;
  ADMIN_KEYS_SECRET: string;
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
  const catalogue = atEndpoints(defaultCatalogue, settings.PROVIDER_URLS);
  const telemetry = createStageTelemetry('reconcile-costs', settings.METRICS_NAMESPACE);
  return async (event: unknown): Promise<void> => {
    const nowMs = systemClock.now();
    const accounts = await accountsOf(settings);
    const reconciled = await reconcileAccounts(
      { ledger, catalogue, nowMs },
      accounts,
      windowOf(event, nowMs),
    );
    tell(telemetry, reconciled);
    const { errors } = reconciled;
    if (errors.length > 0) throw failedTogether(errors, `${errors.length} accounts were not read`);
  };
};

const tell = (telemetry: StageTelemetry, { accounts, driftMicroUsd, open }: Reconciliation): void => {
  for (const { found, providers } of accounts) telemetry.info('ledger reconciled', { ...found, providers });
  if (driftMicroUsd !== undefined) telemetry.measure(doorMetric.ledgerDrift, driftMicroUsd);
  telemetry.measure(doorMetric.unreconciledCost, open.costMicroUsd);
  if (open.costMicroUsd > 0) telemetry.info('ledger not reconciled', open);
  telemetry.flush();
};

/** A provider's account is left out while the secret has no admin key for it. */
const accountsOf = async ({ ACCOUNTS, ADMIN_KEYS_SECRET }: Settings): Promise<Account[]> => {
  const keys = await readAdminKeys(ADMIN_KEYS_SECRET);
  return ACCOUNTS.flatMap((account) => {
    const source = sourceOf(account, keys);
    return source === undefined ? [] : [{ providers: account.providers, source }];
  });
};

const sourceOf = (
  { kind, url }: AccountSettings,
  { openai, anthropic }: AdminKeys,
): UsageSource | undefined => {
  switch (kind) {
    case 'calls':
      return createCallRecords(url);
    case 'openai-usage':
      return openai === '' ? undefined : createOpenAiUsage(url, openai);
    case 'anthropic-usage':
      return anthropic === '' ? undefined : createAnthropicUsage(url, anthropic);
  }
};

/** `untilHour` is no longer part of it. */
const chosenHours = z.object({ fromHour: z.string(), untilHour: z.string() });

/** Providers' accounts are complete after an hour or two. */
const LAG_MS = 2 * HOUR_MS;

/** A day, what the run before may have missed, and what it left for entries on their way: to look at an hour twice changes nothing. */
const LOOKS_BACK_MS = 26 * HOUR_MS + ENTERED_AFTER_MS;

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
