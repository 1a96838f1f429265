import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { LaneName } from '../../pipeline/job/lane.ts';
import { defaultCatalogue } from '../../pipeline/model/default-catalogue.ts';
import { type ProviderName, providerNames } from '../../pipeline/model/model.ts';
import { atEndpoints } from '../../pipeline/model/regional-prices.ts';
import type { BudgetRules } from '../../pipeline/money/budget.ts';
import { awsClient } from '../aws-client.ts';
import { createDynamoDbFleetStore } from '../dynamodb-fleet-store.ts';
import { createDayTotals } from '../ledger/day-totals.ts';
import { createSqsAlerts } from '../sqs-alerts.ts';
import { systemClock } from '../system-clock.ts';
import { createAlertOperations } from './alert-operations.ts';
import { createApiTelemetry } from './api-telemetry.ts';
import { createCostOperations } from './cost-operations.ts';
import { createHttpDoor } from './http-door.ts';
import { createJobOperations } from './job-operations.ts';
import { createJobsIndex } from './jobs-index.ts';
import { createJobsTable } from './jobs-table.ts';
import { createLaneSender } from './lane-sender.ts';
import { pendingOperations } from './pending-operations.ts';
import { createPrivacyOperations } from './privacy-operations.ts';
import { createPrivacyTable } from './privacy-table.ts';
import { createPurse } from './purse.ts';
import { createStageOperations } from './stage-operations.ts';

/** What the function `http-api` is told by its environment. */
type Settings = {
  STAGE: string;
  TENANT_CLAIM: string;
  SCOPE_PREFIX: string;
  JOBS_TABLE: string;
  TENANT_JOBS_INDEX: string;
  FLEET_TABLE: string;
  TOTALS_TABLE: string;
  ALERTS_TABLE: string;
  ALERTS_QUEUE_URL: string;
  PRIVACY_TABLE: string;
  PRIVACY_RETENTION_SECONDS: number;
  CRITICAL_QUEUE_URL: string;
  HIGH_QUEUE_URL: string;
  MEDIUM_QUEUE_URL: string;
  LOW_QUEUE_URL: string;
  JOB_RETENTION_SECONDS: number;
  LEDGER_RETENTION_SECONDS: number;
  PATIENCE_MS: Readonly<Record<LaneName, number>>;
  BUDGETS: BudgetRules;
  PROVIDER_URLS: Partial<Record<ProviderName, string>>;
};

/** Puts the API together. */
export const createHttpApi = (settings: Settings) => {
  const clock = systemClock;
  const telemetry = createApiTelemetry();
  const client = new DynamoDBClient(awsClient);
  const catalogue = atEndpoints(defaultCatalogue, settings.PROVIDER_URLS);
  const fleet = createDynamoDbFleetStore({ client, tableName: settings.FLEET_TABLE, now: clock.now });
  const jobs = { client, tableName: settings.JOBS_TABLE };
  return createHttpDoor({
    tokens: { tenantClaim: settings.TENANT_CLAIM, scopePrefix: settings.SCOPE_PREFIX },
    telemetry,
    operations: {
      ...createStageOperations({
        stage: settings.STAGE,
        clock,
        catalogue,
        providers: new Set(providerNames.filter((name) => settings.PROVIDER_URLS[name] !== undefined)),
      }),
      ...createJobOperations({
        jobs: createJobsTable({ ...jobs, retentionSeconds: settings.JOB_RETENTION_SECONDS }),
        index: createJobsIndex({ ...jobs, indexName: settings.TENANT_JOBS_INDEX }),
        lanes: createLaneSender(queueUrlsOf(settings)),
        purse: createPurse({ store: fleet, clock, rules: settings.BUDGETS, catalogue }),
        clock,
        chance: { newId: randomUUID },
        patienceMs: settings.PATIENCE_MS,
      }),
      ...createCostOperations({
        totals: createDayTotals({ client, totalsTable: settings.TOTALS_TABLE }),
        clock,
        keptSeconds: settings.LEDGER_RETENTION_SECONDS,
      }),
      ...createAlertOperations({
        store: createDynamoDbFleetStore({ client, tableName: settings.ALERTS_TABLE, now: clock.now }),
        clock,
      }),
      ...createPrivacyOperations({
        requests: createPrivacyTable({
          client,
          tableName: settings.PRIVACY_TABLE,
          retentionSeconds: settings.PRIVACY_RETENTION_SECONDS,
        }),
        alerts: createSqsAlerts({ queueUrl: settings.ALERTS_QUEUE_URL }),
        telemetry,
        clock,
        chance: { newId: randomUUID },
      }),
      ...pendingOperations,
    },
  });
};

const queueUrlsOf = (settings: Settings): Readonly<Record<LaneName, string>> => ({
  critical: settings.CRITICAL_QUEUE_URL,
  high: settings.HIGH_QUEUE_URL,
  medium: settings.MEDIUM_QUEUE_URL,
  low: settings.LOW_QUEUE_URL,
});
