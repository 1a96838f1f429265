import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { doorMetric } from '../../pipeline/metric.ts';
import { defaultCatalogue } from '../../pipeline/model/default-catalogue.ts';
import { modelShutdownDays } from '../../pipeline/model/lifecycle.ts';
import { type ProviderName, providerNames } from '../../pipeline/model/model.ts';
import { atEndpoints } from '../../pipeline/model/regional-prices.ts';
import type { BudgetRules } from '../../pipeline/money/budget.ts';
import { awsClient } from '../aws-client.ts';
import { createDynamoDbFleetStore } from '../dynamodb-fleet-store.ts';
import { createStageTelemetry } from '../stage-telemetry.ts';
import { systemClock } from '../system-clock.ts';
import { correctBudgets } from './correct-budgets.ts';
import { foldHours } from './fold-hours.ts';
import { createLedgerTable } from './ledger-table.ts';
import { createSpentOn } from './spent-on.ts';
import { createTotalsTable } from './totals-table.ts';

/** What the function `total-costs` is told by its environment. */
type Settings = {
  LEDGER_TABLE: string;
  TOTALS_TABLE: string;
  FLEET_TABLE: string;
  LEDGER_RETENTION_SECONDS: number;
  PROVIDER_URLS: Partial<Record<ProviderName, string>>;
  BUDGETS: BudgetRules;
  METRICS_NAMESPACE: string;
};

/** A fold runs in the background and can wait. In ms. */
const READ_RETRY_MS = 10_000;

/** Folds the ledger to totals, and corrects budgets by them; a schedule calls it. A failure is the function's: the next call does it all again. */
export const createTotalCostsWorker = (settings: Settings) => {
  const client = new DynamoDBClient(awsClient);
  const tables = {
    client,
    ledgerTable: settings.LEDGER_TABLE,
    totalsTable: settings.TOTALS_TABLE,
    retentionSeconds: settings.LEDGER_RETENTION_SECONDS,
    now: systemClock.now,
  };
  const telemetry = createStageTelemetry('total-costs', settings.METRICS_NAMESPACE);
  const parts = { ledger: createLedgerTable(tables), totals: createTotalsTable(tables), now: tables.now };
  const fleet = { client, tableName: settings.FLEET_TABLE, now: tables.now };
  const spentOn = createSpentOn({ ...tables, retryMs: READ_RETRY_MS });
  const books = { spentOn, store: createDynamoDbFleetStore(fleet), rules: settings.BUDGETS };
  return async (): Promise<void> => {
    telemetry.measure(doorMetric.modelShutdownDays, shutdownDays(settings, tables.now()));
    try {
      const folded = await foldHours(parts);
      const corrected = await correctBudgets(books, folded);
      telemetry.info('costs totalled', { hours: folded.hours, entries: folded.entries.length, corrected });
    } finally {
      telemetry.flush();
    }
  };
};

const shutdownDays = ({ PROVIDER_URLS: urls }: Settings, nowMs: number): number => {
  const used = new Set(providerNames.filter((name) => urls[name] !== undefined));
  return modelShutdownDays(atEndpoints(defaultCatalogue, urls), used, nowMs);
};
