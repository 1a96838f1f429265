import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaApplication } from 'aws-cdk-lib/aws-codedeploy';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { environment } from '../../functions/process-job/environment.ts';
import { daysInSeconds, metricsNamespace, type StageConfig } from '../config.ts';
import {
  addsTo,
  keepsJobsIn,
  publishesTo,
  reads,
  readsAndAddsToPartition,
  returnsTo,
  sendsTo,
  sharesRecordsIn,
  takesKeysIn,
} from '../constructs/binding.ts';
import { JobFunction } from '../constructs/job-function.ts';
import { LiveAlias, type Shift } from '../constructs/live-alias.ts';
import { wrapsWith } from '../constructs/privacy-binding.ts';
import { type LaneName, laneNames } from '../pipeline/job/lane.ts';
import { LATE } from '../pipeline/money/totals.ts';
import { ANSWERS_INDEX, type DataStack } from './data-stack.ts';

/** `alerts`: the queue that workers raise alerts by. */
type PipelineProps = StackProps & { bundlesDir: string; alerts: IQueue };

type WorkerParts = PipelineProps & { shift: Shift };

/** What a worker that cannot do its work shows within the ten minutes of its canary. */
export const canaryAlarms = ['function-errors', 'delivery-errors', 'failed-jobs'] as const;

/** One worker per lane: the same code, each with the concurrency and the batches of its lane. */
export class PipelineStack extends Stack {
  constructor(scope: Construct, id: string, config: StageConfig, data: DataStack, props: PipelineProps) {
    super(scope, id, props);
    const shift = this.shift(config);
    for (const lane of laneNames) this.worker(lane, config, data, { ...props, shift });
  }

  /** Alarms by name: their stack is deployed after this one, and the first deploy of a worker shifts nothing. */
  private shift({ stage, worker }: StageConfig): Shift {
    if (worker.shift === 'at-once') return { kind: 'at-once' };
    return {
      kind: 'canary',
      application: new LambdaApplication(this, 'Workers', { applicationName: `relay-${stage}-workers` }),
      alarms: canaryAlarms.map((name) => Alarm.fromAlarmName(this, name, `relay-${stage}-${name}`)),
    };
  }

  private worker(name: LaneName, config: StageConfig, data: DataStack, parts: WorkerParts): void {
    const { bundlesDir, alerts, shift } = parts;
    const lane = config.lanes[name];
    const { queue, deadLetterQueue } = data.lanes[name];
    const worker = new JobFunction(this, `process-job-${name}`, {
      functionName: `relay-${config.stage}-process-job-${name}`,
      bundleDir: `${bundlesDir}/process-job`,
      schema: environment,
      environment: {
        LANE: name,
        QUEUE_URL: returnsTo(queue),
        DEAD_LETTER_QUEUE_URL: sendsTo(deadLetterQueue),
        JOBS_TABLE: keepsJobsIn(data.jobs, ANSWERS_INDEX),
        SUBJECT_KEYS_TABLE: takesKeysIn(data.subjectKeys),
        CONTENT_KEY: wrapsWith(data.contentKey),
        FLEET_TABLE: sharesRecordsIn(data.fleet),
        ALERTS_QUEUE_URL: sendsTo(alerts),
        LEDGER_TABLE: addsTo(data.ledger),
        TOTALS_TABLE: readsAndAddsToPartition(data.totals, LATE),
        LEDGER_REPAIR_QUEUE_URL: sendsTo(data.ledgerRepair.queue),
        RESULTS_TOPIC: publishesTo(data.results),
        LEDGER_RETENTION_SECONDS: String(daysInSeconds(config.ledgerRetentionDays)),
        PROVIDER_KEYS_SECRET: reads(data.providerKeys),
        PROVIDER_URLS: JSON.stringify(config.providers),
        METRICS_NAMESPACE: metricsNamespace(config.stage),
        PARALLELISM: String(lane.parallelism),
        PATIENCE_MS: String(lane.patienceSeconds * 1000),
        RESERVE_MS: String(config.worker.reserveMs),
        JOB_RETENTION_SECONDS: String(daysInSeconds(config.jobRetentionDays)),
        USER_STARTS_PER_MINUTE: String(config.userStartsPerMinute),
        QUOTAS: JSON.stringify(config.quotas),
        BUDGETS: JSON.stringify(config.budgets),
        MAX_RECEIVES: String(config.queue.maxReceives),
        LAST_RUNGS: lane.lastRungs,
        SERVICE_TIER: lane.tier,
        ANSWER_FRESH_SECONDS: String(config.answerFreshSeconds),
        DEFAULT_ANSWER: config.defaultAnswer,
        DEMANDS: JSON.stringify({ consentRef: config.requireConsent, disclosed: config.requireDisclosure }),
      },
      memoryMb: config.worker.memoryMb,
      timeoutSeconds: config.worker.timeoutSeconds,
      reservedConcurrency: config.worker.reserveConcurrency ? lane.concurrency : undefined,
      logRetentionDays: config.logRetentionDays,
      logLevel: config.worker.logLevel,
    });
    const live = new LiveAlias(this, `live-${name}`, { lambda: worker.lambda, shift });
    const mapping = {
      batchSize: lane.batchSize,
      maxConcurrency: lane.concurrency,
      maxBatchingWindow: Duration.seconds(lane.batchingWindowSeconds),
      reportBatchItemFailures: true,
    };
    worker.takesFrom(queue, mapping, live.alias);
  }
}
