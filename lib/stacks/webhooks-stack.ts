import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { environment } from '../../functions/send-webhooks/environment.ts';
import { metricsNamespace, type StageConfig } from '../config.ts';
import { reads, returnsTo, sendsTo, sharesFamiliesIn } from '../constructs/binding.ts';
import { JobFunction } from '../constructs/job-function.ts';
import { type DataStack, WEBHOOKS_TIMEOUT_SECONDS } from './data-stack.ts';

type WebhooksProps = StackProps & { bundlesDir: string };

/** One slow endpoint keeps its batch for the length of a try, so there must be others: 100 tries at a time in all. */
const BATCH = 10;
const CONCURRENCY = 10;

/** Most events are of tenants without a webhook; a second gathers them. */
const WINDOW_SECONDS = 1;

/** What tells tenants of the ends of their jobs, behind the topic of results. */
export class WebhooksStack extends Stack {
  constructor(scope: Construct, id: string, config: StageConfig, data: DataStack, props: WebhooksProps) {
    super(scope, id, props);
    const { queue, deadLetterQueue } = data.webhooks;
    const send = new JobFunction(this, 'send-webhooks', {
      functionName: `relay-${config.stage}-send-webhooks`,
      bundleDir: `${props.bundlesDir}/send-webhooks`,
      schema: environment,
      environment: {
        QUEUE_URL: returnsTo(queue),
        DEAD_LETTER_QUEUE_URL: sendsTo(deadLetterQueue),
        FLEET_TABLE: sharesFamiliesIn(data.fleet, 'webhook'),
        WEBHOOKS_SECRET: reads(data.webhookEndpoints),
        WAITS_SECONDS: JSON.stringify(config.webhooks.waitsSeconds),
        TO_THIS_MACHINE: String(config.webhooks.toThisMachine),
        METRICS_NAMESPACE: metricsNamespace(config.stage),
      },
      memoryMb: config.worker.memoryMb,
      timeoutSeconds: WEBHOOKS_TIMEOUT_SECONDS,
      logRetentionDays: config.logRetentionDays,
      logLevel: config.worker.logLevel,
    });
    send.takesFrom(queue, {
      batchSize: BATCH,
      maxConcurrency: CONCURRENCY,
      maxBatchingWindow: Duration.seconds(WINDOW_SECONDS),
      reportBatchItemFailures: true,
    });
  }
}
