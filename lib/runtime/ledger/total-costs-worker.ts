import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
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
    telemetry.info('costs totalled', await foldHours(parts));
    telemetry.flush();
  };
};
