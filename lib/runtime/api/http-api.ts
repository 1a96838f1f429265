import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { routeKeyOf, routes } from '../../api/routes.ts';
import { type CircuitId, createCircuits } from '../../pipeline/fleet/circuits.ts';
import { createTenantLimit } from '../../pipeline/fleet/tenant-limit.ts';
import type { LaneName } from '../../pipeline/job/lane.ts';
import type { Catalogue } from '../../pipeline/model/catalogue.ts';
import { defaultCatalogue } from '../../pipeline/model/default-catalogue.ts';
import { type ProviderName, providerNames } from '../../pipeline/model/model.ts';
import { atEndpoints } from '../../pipeline/model/regional-prices.ts';
import type { BudgetRules } from '../../pipeline/money/budget.ts';
import type { AuditChain } from '../../pipeline/privacy/audit-chains.ts';
import { awsClient } from '../aws-client.ts';
import { createDynamoDbDeliveries } from '../dynamodb-deliveries.ts';
import { createDynamoDbFleetStore } from '../dynamodb-fleet-store.ts';
import type { LambdaVariables } from '../lambda-variables.ts';
import { createDayTotals } from '../ledger/day-totals.ts';
import { type AuditVariables, auditTableOf, createAuditTrail } from '../privacy/audit-trail.ts';
import { lambdaBucket } from '../privacy/lambda-bucket.ts';
import { createPrivacyTable } from '../privacy/privacy-table.ts';
import type { Results } from '../sns-results.ts';
import { systemClock } from '../system-clock.ts';
import { tenantHash } from '../tenant-hash.ts';
import { createSealingVault } from '../vault/sealing-vault.ts';
import { createAlertOperations } from './alert-operations.ts';
import { createApiTelemetry } from './api-telemetry.ts';
import { createAudit } from './audit.ts';
import { createCancelTeller } from './cancel-teller.ts';
import { createCostOperations } from './cost-operations.ts';
import { createHttpDoor } from './http-door.ts';
import { createJobOperations } from './job-operations.ts';
import { createJobsIndex } from './jobs-index.ts';
import { createJobsTable } from './jobs-table.ts';
import { createLaneDesk, type LaneVariables, laneUrlsOf } from './lane-desk.ts';
import { createLaneSender } from './lane-sender.ts';
import { createOpsOperations } from './ops-operations.ts';
import { createPrivacyOperations, RIGHTS_PER_MINUTE } from './privacy-operations.ts';
import { createPurse } from './purse.ts';
import { createStageOperations } from './stage-operations.ts';

/** What the function `http-api` is told by its environment. */
type Settings = LaneVariables &
  AuditVariables & {
    STAGE: string;
    TENANT_CLAIM: string;
    SCOPE_PREFIX: string;
    JOBS_TABLE: string;
    SUBJECT_KEYS_TABLE: string;
    CONTENT_KEY: string;
    TENANT_JOBS_INDEX: string;
    FLEET_TABLE: string;
    TOTALS_TABLE: string;
    ALERTS_TABLE: string;
    PRIVACY_TABLE: string;
    PRIVACY_RETENTION_SECONDS: number;
    EXPORTS_BUCKET: string;
    JOB_RETENTION_SECONDS: number;
    LEDGER_RETENTION_SECONDS: number;
    PATIENCE_MS: Readonly<Record<LaneName, number>>;
    SUBMITS_PER_MINUTE: number;
    WAITS_PER_MINUTE: number;
    RESULTS_TOPIC: string;
    BUDGETS: BudgetRules;
    PROVIDER_URLS: Partial<Record<ProviderName, string>>;
  };

/** Puts the API together. */
export const createHttpApi = (settings: Settings, lambda: LambdaVariables) => {
  const clock = systemClock;
  const client = new DynamoDBClient(awsClient);
  const catalogue = atEndpoints(defaultCatalogue, settings.PROVIDER_URLS);
  const fleetTable = { client, tableName: settings.FLEET_TABLE, now: clock.now };
  const fleet = createDynamoDbFleetStore(fleetTable);
  const jobs = { client, tableName: settings.JOBS_TABLE, now: clock.now };
  const urls = laneUrlsOf(settings);
  const lanes = createLaneSender(urls);
  const providers = new Set(providerNames.filter((name) => settings.PROVIDER_URLS[name] !== undefined));
  const chance = { newId: randomUUID, random: Math.random };
  const telemetry = createApiTelemetry();
  const audit = createAudit(createAuditTrail(auditTableOf(settings, client), AUDIT_CHAIN), telemetry);
  const limits = { store: fleet, clock, chance, hashOf: tenantHash };
  return createHttpDoor({
    tokens: { tenantClaim: settings.TENANT_CLAIM, scopePrefix: settings.SCOPE_PREFIX },
    telemetry,
    operations: {
      ...createStageOperations({ stage: settings.STAGE, clock, catalogue, providers }),
      ...createJobOperations({
        jobs: createJobsTable({ ...jobs, retentionSeconds: settings.JOB_RETENTION_SECONDS }),
        index: createJobsIndex({ ...jobs, indexName: settings.TENANT_JOBS_INDEX }),
        lanes,
        submits: createTenantLimit({ ...limits, what: 'submits', perMinute: settings.SUBMITS_PER_MINUTE }),
        waits: createTenantLimit({ ...limits, what: 'waits', perMinute: settings.WAITS_PER_MINUTE }),
        onCanceled: createCancelTeller(() => resultsOf(settings.RESULTS_TOPIC), telemetry.untold),
        onFault: (requestId, error) => telemetry.failed(routeKeyOf(routes.submitJobs), requestId, error),
        vault: vaultOf(settings, client),
        purse: createPurse({ store: fleet, clock, rules: settings.BUDGETS, catalogue }),
        clock,
        chance,
        patienceMs: settings.PATIENCE_MS,
      }),
      ...createCostOperations({
        totals: createDayTotals({ client, totalsTable: settings.TOTALS_TABLE, now: clock.now }),
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
          now: clock.now,
        }),
        bucket: lambdaBucket(settings.EXPORTS_BUCKET, lambda),
        rights: createTenantLimit({ ...limits, what: 'rights', perMinute: RIGHTS_PER_MINUTE }),
        audit,
        clock,
        chance,
      }),
      ...createOpsOperations({
        desk: createLaneDesk(urls),
        lanes,
        clock,
        deliveries: createDynamoDbDeliveries(fleetTable),
        circuits: createCircuits({ store: fleet, clock, chance }),
        offers: offersOf(catalogue, providers),
        audit,
      }),
    },
  });
};

const AUDIT_CHAIN: AuditChain = 'http-api';

const vaultOf = ({ SUBJECT_KEYS_TABLE, CONTENT_KEY }: Settings, client: DynamoDBClient) =>
  createSealingVault({ client, tableName: SUBJECT_KEYS_TABLE, keyId: CONTENT_KEY, now: systemClock.now });

/** The client of SNS is none of a cold start. */
const resultsOf = async (topicArn: string): Promise<Results> => {
  const { createSnsResults } = await import('../sns-results.ts');
  return createSnsResults(topicArn);
};

const offersOf = (catalogue: Catalogue, providers: ReadonlySet<ProviderName>): CircuitId[] =>
  Object.values(catalogue).flatMap(({ offers }) => offers.filter(({ provider }) => providers.has(provider)));
