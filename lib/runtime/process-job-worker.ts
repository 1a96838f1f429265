import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { RaisedAlert } from '../pipeline/alerts/alert.ts';
import { budgetAlert, rebuiltAlert } from '../pipeline/alerts/budget-alert.ts';
import { circuitAlert } from '../pipeline/alerts/circuit-alert.ts';
import { minorRiskAlert } from '../pipeline/alerts/minor-risk-alert.ts';
import type { Demands } from '../pipeline/dispatch/lawful.ts';
import type { LastRungs } from '../pipeline/dispatch/process-job.ts';
import type { RunPorts } from '../pipeline/dispatch/run.ts';
import { createCircuits } from '../pipeline/fleet/circuits.ts';
import { createLatencies } from '../pipeline/fleet/latencies.ts';
import type { Quota } from '../pipeline/fleet/quota.ts';
import { createQuotas } from '../pipeline/fleet/quotas.ts';
import type { LaneName } from '../pipeline/job/lane.ts';
import { defaultCatalogue } from '../pipeline/model/default-catalogue.ts';
import type { ProviderName, ServiceTier } from '../pipeline/model/model.ts';
import { atEndpoints } from '../pipeline/model/regional-prices.ts';
import type { BudgetRules } from '../pipeline/money/budget.ts';
import { createBudgets } from '../pipeline/money/budgets.ts';
import { awsClient } from './aws-client.ts';
import { createDynamoDbDeliveries } from './dynamodb-deliveries.ts';
import { createDynamoDbFleetStore } from './dynamodb-fleet-store.ts';
import { createDynamoDbJobStore } from './dynamodb-job-store.ts';
import { createDynamoDbUserStarts } from './dynamodb-user-starts.ts';
import { createLedgerBook } from './ledger/ledger-book.ts';
import { createLedgerTable } from './ledger/ledger-table.ts';
import { createRepairQueue } from './ledger/repair-queue.ts';
import { createSpentOn } from './ledger/spent-on.ts';
import { observed, observedFleet, observedStarts } from './observed-fleet.ts';
import { createProviderKeys } from './provider-keys.ts';
import { createModels } from './providers/models.ts';
import type { Results } from './sns-results.ts';
import { createSourceQueue } from './source-queue.ts';
import { createSqsAlerts } from './sqs-alerts.ts';
import { createSqsWorker } from './sqs-worker.ts';
import { guarded } from './store-guard.ts';
import { systemClock } from './system-clock.ts';
import { createTelemetry, type Telemetry } from './telemetry.ts';
import { tenantHash } from './tenant-hash.ts';
import { createSubjectVault } from './vault/subject-vault.ts';

/** What the function `process-job` is told by its environment. */
type Settings = {
  LANE: LaneName;
  QUEUE_URL: string;
  DEAD_LETTER_QUEUE_URL: string;
  JOBS_TABLE: string;
  SUBJECT_KEYS_TABLE: string;
  CONTENT_KEY: string;
  FLEET_TABLE: string;
  ALERTS_QUEUE_URL: string;
  LEDGER_TABLE: string;
  TOTALS_TABLE: string;
  LEDGER_REPAIR_QUEUE_URL: string;
  RESULTS_TOPIC: string;
  LEDGER_RETENTION_SECONDS: number;
  PROVIDER_KEYS_SECRET: string;
  PROVIDER_URLS: Partial<Record<ProviderName, string>>;
  METRICS_NAMESPACE: string;
  PARALLELISM: number;
  PATIENCE_MS: number;
  RESERVE_MS: number;
  JOB_RETENTION_SECONDS: number;
  USER_STARTS_PER_MINUTE: number;
  QUOTAS: readonly Quota[];
  BUDGETS: BudgetRules;
  MAX_RECEIVES: number;
  LAST_RUNGS: LastRungs['when'];
  SERVICE_TIER: ServiceTier;
  ANSWER_FRESH_SECONDS: number;
  DEFAULT_ANSWER: string;
  DEMANDS: Demands;
};

/** Puts the worker of one lane together. */
export const createProcessJobWorker = (settings: Settings) => {
  const telemetry = createTelemetry({ lane: settings.LANE, namespace: settings.METRICS_NAMESPACE });
  const client = new DynamoDBClient(awsClient);
  return createSqsWorker({
    ports: portsOf(settings, client, telemetry),
    ledger: ledgerOf(settings, client),
    results: resultsOf(settings),
    queue: createSourceQueue({
      queueUrl: settings.QUEUE_URL,
      deadLetterQueueUrl: settings.DEAD_LETTER_QUEUE_URL,
    }),
    deliveries: createDynamoDbDeliveries({
      client,
      tableName: settings.FLEET_TABLE,
      now: systemClock.now,
      onFault: telemetry.fleetFault,
    }),
    telemetry,
    lane: settings.LANE,
    parallelism: settings.PARALLELISM,
    patienceMs: settings.PATIENCE_MS,
    reserveMs: settings.RESERVE_MS,
    maxReceives: settings.MAX_RECEIVES,
    lastRungs: { when: settings.LAST_RUNGS, defaultAnswer: settings.DEFAULT_ANSWER },
    tier: settings.SERVICE_TIER,
  });
};

/** Tells of an alert that the queue did not take, and rejects: whoever raises it knows best what then. */
const raiserOf = ({ ALERTS_QUEUE_URL }: Settings, { alertFault }: Telemetry) => {
  const alerts = createSqsAlerts({ queueUrl: ALERTS_QUEUE_URL });
  return async (alert: RaisedAlert | undefined): Promise<void> => {
    if (alert === undefined) return;
    await alerts.raise(alert).catch((error: unknown) => {
      alertFault(error);
      throw error;
    });
  };
};

/** The client is loaded when the first jobs have ended, so that no cold start waits for it. */
const resultsOf = ({ RESULTS_TOPIC }: Settings): Results => {
  let loading: Promise<Results> | undefined;
  const load = async () => (await import('./sns-results.ts')).createSnsResults(RESULTS_TOPIC);
  return {
    tell: async (ends, forMs) => {
      loading ??= load();
      return (await loading).tell(ends, forMs);
    },
  };
};

const ledgerOf = (settings: Settings, client: DynamoDBClient) =>
  createLedgerBook(
    createLedgerTable({
      client,
      ledgerTable: settings.LEDGER_TABLE,
      totalsTable: settings.TOTALS_TABLE,
      retentionSeconds: settings.LEDGER_RETENTION_SECONDS,
      now: systemClock.now,
    }),
    createRepairQueue(settings.LEDGER_REPAIR_QUEUE_URL),
  );

/** Jobs of a batch are claimed at the same time, and want their keys within so long of each other. */
const GATHER_MS = 10;

/** A job waits for it, as for what else the fleet shares. In ms. */
const TOTAL_RETRY_MS = 1_000;

const portsOf = (settings: Settings, client: DynamoDBClient, telemetry: Telemetry): RunPorts => {
  const clock = systemClock;
  const chance = { random: Math.random, newId: randomUUID };
  const raise = raiserOf(settings, telemetry);
  const table = { client, tableName: settings.FLEET_TABLE };
  const fleet = observedFleet(createDynamoDbFleetStore({ ...table, now: clock.now }), telemetry.fleetFault);
  const starts = createDynamoDbUserStarts({ ...table, limit: settings.USER_STARTS_PER_MINUTE });
  const jobs = createDynamoDbJobStore({
    client,
    tableName: settings.JOBS_TABLE,
    retentionSeconds: settings.JOB_RETENTION_SECONDS,
    answerFreshForMs: settings.ANSWER_FRESH_SECONDS * 1000,
    now: clock.now,
  });
  return {
    clock,
    chance,
    catalogue: atEndpoints(defaultCatalogue, settings.PROVIDER_URLS),
    models: createModels(
      createProviderKeys(settings.PROVIDER_KEYS_SECRET, { now: clock.now, onFault: telemetry.secretFault }),
      settings.PROVIDER_URLS,
    ),
    store: guarded(jobs, clock),
    demands: settings.DEMANDS,
    onMinorRisk: () => raise(minorRiskAlert(clock.now())),
    circuits: createCircuits({
      store: fleet,
      clock,
      chance,
      onTurn: (turn) => raise(circuitAlert(turn, clock.now())),
    }),
    quotas: createQuotas({ store: fleet, clock, chance, lane: settings.LANE, quotas: settings.QUOTAS }),
    budgets: createBudgets({
      store: fleet,
      clock,
      chance,
      lane: settings.LANE,
      rules: settings.BUDGETS,
      hashOf: tenantHash,
      totalOf: observed(
        createSpentOn({
          client,
          totalsTable: settings.TOTALS_TABLE,
          retryMs: TOTAL_RETRY_MS,
          now: clock.now,
        }),
        telemetry.fleetFault,
      ),
      onRebuilt: (rebuilt) => {
        telemetry.budgetRebuilt();
        return raise(rebuiltAlert(rebuilt, tenantHash(rebuilt.tenantId), clock.now()));
      },
      onWarning: (warning) => {
        telemetry.budgetWarning();
        return raise(budgetAlert(warning, tenantHash(warning.tenantId), clock.now()));
      },
    }),
    latencies: createLatencies({ store: fleet, clock }),
    vault: createSubjectVault({
      client,
      tableName: settings.SUBJECT_KEYS_TABLE,
      keyId: settings.CONTENT_KEY,
      gatherMs: settings.PARALLELISM > 1 ? GATHER_MS : 0,
      now: clock.now,
    }),
    userStarts: observedStarts(starts, telemetry.fleetFault),
  };
};
