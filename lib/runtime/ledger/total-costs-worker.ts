import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { doorMetric } from '../../pipeline/metric.ts';
import { defaultCatalogue } from '../../pipeline/model/default-catalogue.ts';
import { modelShutdownDays } from '../../pipeline/model/lifecycle.ts';
import { type ProviderName, providerNames } from '../../pipeline/model/model.ts';
import { atEndpoints } from '../../pipeline/model/regional-prices.ts';
import { awsClient } from '../aws-client.ts';
import { createStageTelemetry } from '../stage-telemetry.ts';
import { systemClock } from '../system-clock.ts';
import { foldHours } from './fold-hours.ts';
import { createLedgerTable } from './ledger-table.ts';
import { createTotalsTable } from './totals-table.ts';

/** What the function `total-costs` is told by its environment. */
type Settings = {
  LEDGER_TABLE: string;
  TOTALS_TABLE: string;
  LEDGER_RETENTION_SECONDS: number;
  PROVIDER_URLS: Partial<Record<ProviderName, string>>;
  METRICS_NAMESPACE: string;
};

/** Folds the ledger to totals; a schedule calls it. A failure is the function's: the next call does it all again. */
export const createTotalCostsWorker = (settings: Settings) => {
  const tables = {
    client: new DynamoDBClient(awsClient),
    ledgerTable: settings.LEDGER_TABLE,
    totalsTable: settings.TOTALS_TABLE,
    retentionSeconds: settings.LEDGER_RETENTION_SECONDS,
    now: systemClock.now,
  };
  const telemetry = createStageTelemetry('total-costs', settings.METRICS_NAMESPACE);
  const parts = { ledger: createLedgerTable(tables), totals: createTotalsTable(tables), now: tables.now };
  return async (): Promise<void> => {
    telemetry.measure(doorMetric.modelShutdownDays.name, shutdownDays(settings, tables.now()));
    try {
      telemetry.info('costs totalled', await foldHours(parts));
    } finally {
      telemetry.flush();
    }
  };
};

const shutdownDays = ({ PROVIDER_URLS: urls }: Settings, nowMs: number): number => {
  const used = new Set(providerNames.filter((name) => urls[name] !== undefined));
  return modelShutdownDays(atEndpoints(defaultCatalogue, urls), used, nowMs);
};
