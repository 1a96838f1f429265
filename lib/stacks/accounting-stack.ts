import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import { environment as reconcileCosts } from '../../functions/reconcile-costs/environment.ts';
import { environment as repairLedger } from '../../functions/repair-ledger/environment.ts';
import { environment as totalCosts } from '../../functions/total-costs/environment.ts';
import { accountsOf, daysInSeconds, metricsNamespace, type StageConfig } from '../config.ts';
import {
  addsTo,
  addsToPartition,
  reads,
  readsAndAddsTo,
  readsPartitionsOf,
  sendsTo,
  setsTotalsIn,
  sharesFamiliesIn,
} from '../constructs/binding.ts';
import { JobFunction } from '../constructs/job-function.ts';
import { FOLD_EVERY_MINUTES, LATE } from '../pipeline/money/totals.ts';
import { type DataStack, REPAIR_TIMEOUT_SECONDS } from './data-stack.ts';
import { functionSettings } from './function-settings.ts';

type AccountingProps = StackProps & { bundlesDir: string };

/** When providers' accounts of the day before are complete, in UTC. */
const RECONCILED_AT = { hour: '5', minute: '17' };

/** What keeps the accounts, behind the line of jobs: nothing of it is waited for. */
export class AccountingStack extends Stack {
  private readonly config: StageConfig;
  private readonly bundlesDir: string;

  constructor(scope: Construct, id: string, config: StageConfig, data: DataStack, props: AccountingProps) {
    super(scope, id, props);
    this.config = config;
    this.bundlesDir = props.bundlesDir;
    this.repairLedger(data);
    this.totalCosts(data);
    this.reconcileCosts(data);
  }

  /** Two at a time: the table that comes back from an outage is not to be hit by everything at once. */
  private repairLedger({ ledger, totals, ledgerRepair }: DataStack): void {
    const repair = new JobFunction(this, 'repair-ledger', {
      ...functionSettings(this.config, this.bundlesDir, 'repair-ledger'),
      schema: repairLedger,
      environment: {
        ...this.variables(),
        LEDGER_TABLE: addsTo(ledger),
        TOTALS_TABLE: addsToPartition(totals, LATE),
        DEAD_LETTER_QUEUE_URL: sendsTo(ledgerRepair.deadLetterQueue),
      },
      timeoutSeconds: REPAIR_TIMEOUT_SECONDS,
    });
    repair.takesFrom(ledgerRepair.queue, {
      batchSize: 1,
      maxConcurrency: 2,
      reportBatchItemFailures: true,
    });
  }

  private totalCosts({ ledger, totals, fleet }: DataStack): void {
    const fold = new JobFunction(this, 'total-costs', {
      ...functionSettings(this.config, this.bundlesDir, 'total-costs'),
      schema: totalCosts,
      environment: {
        ...this.variables(),
        LEDGER_TABLE: readsPartitionsOf(ledger),
        TOTALS_TABLE: setsTotalsIn(totals),
        FLEET_TABLE: sharesFamiliesIn(fleet, 'budget#*'),
        BUDGETS: JSON.stringify(this.config.budgets),
        PROVIDER_URLS: JSON.stringify(this.config.providers),
      },
      timeoutSeconds: 120,
    });
    this.schedule('total-costs', fold, Schedule.rate(Duration.minutes(FOLD_EVERY_MINUTES)));
  }

  private reconcileCosts({ ledger, totals, adminKeys }: DataStack): void {
    const reconcile = new JobFunction(this, 'reconcile-costs', {
      ...functionSettings(this.config, this.bundlesDir, 'reconcile-costs'),
      schema: reconcileCosts,
      environment: {
        ...this.variables(),
        LEDGER_TABLE: readsAndAddsTo(ledger),
        TOTALS_TABLE: addsToPartition(totals, LATE),
        ADMIN_KEYS_SECRET: reads(adminKeys),
        PROVIDER_URLS: JSON.stringify(this.config.providers),
        ACCOUNTS: JSON.stringify(accountsOf(this.config)),
      },
      timeoutSeconds: 600,
    });
    this.schedule('reconcile-costs', reconcile, Schedule.cron(RECONCILED_AT));
  }

  private variables() {
    return {
      LEDGER_RETENTION_SECONDS: String(daysInSeconds(this.config.ledgerRetentionDays)),
      METRICS_NAMESPACE: metricsNamespace(this.config.stage),
    };
  }

  private schedule(rule: string, door: JobFunction<never>, schedule: Schedule): void {
    door.runsOn(schedule, {
      rule,
      ruleName: `relay-${this.config.stage}-${rule}`,
      why: 'A run that was missed is made up for by the next one, which does the same work and that of its own.',
    });
  }
}
