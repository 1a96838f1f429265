import { createHash } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { SQSRecord } from 'aws-lambda';
import type { Attempt, Job } from '../pipeline/job.ts';
import type { Rejection } from '../pipeline/job-message.ts';
import type { LaneName } from '../pipeline/lane.ts';
import { LANE_DIMENSION, METRICS_SERVICE, type MetricName, metric } from '../pipeline/metric.ts';
import type { Outcome } from '../pipeline/process-job.ts';

/** What is said of deliveries in logs and metrics: numbers, words of ours, and ids that cannot name a person. */
export type Telemetry = {
  outcome(job: Job, record: SQSRecord, outcome: Outcome, startedAtMs: number): void;
  rejected(record: SQSRecord, rejection: Rejection): void;
  deliveryError(record: SQSRecord, error: unknown): void;
  /** Writes the batch's metrics as one EMF line. */
  flush(): void;
};

type Options = { lane: LaneName; namespace: string; logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' };

export const createTelemetry = ({ lane, namespace, logLevel }: Options): Telemetry => {
  const logger = new Logger({ serviceName: METRICS_SERVICE, logLevel, persistentKeys: { lane } });
  const metrics = new Metrics({
    namespace,
    serviceName: METRICS_SERVICE,
    defaultDimensions: { [LANE_DIMENSION]: lane },
  });
  const count = (name: MetricName, value = 1) => metrics.addMetric(name, MetricUnit.Count, value);
  const time = (name: MetricName, ms: number) => metrics.addMetric(name, MetricUnit.Milliseconds, ms);
  const countAttempt = (attempt: Attempt) => {
    time(metric.modelLatency, attempt.durationMs);
    count(metric.costMicroUsd, attempt.costMicroUsd);
    count(metric.inputTokens, attempt.usage?.inputTokens ?? 0);
    count(metric.outputTokens, attempt.usage?.outputTokens ?? 0);
    if (attempt.unpriced) count(metric.unpricedCalls);
  };
  return {
    outcome: (job, record, outcome, startedAtMs) => {
      count(outcomeMetric(outcome));
      if (outcome.kind === 'ended') time(metric.queueWait, Math.max(startedAtMs - job.enqueuedAtMs, 0));
      if (outcome.kind !== 'duplicate') outcome.attempts.forEach(countAttempt);
      logger.info(`job ${outcome.kind}`, { ...idsOf(job, record), ...describeOutcome(outcome) });
    },
    rejected: (record, { reason, detail }) => {
      count(metric.messagesRejected);
      logger.warn('message rejected', { messageId: record.messageId, reason, detail });
    },
    deliveryError: (record, error) => {
      count(metric.deliveryErrors);
      logger.error('delivery failed', { messageId: record.messageId, ...describeError(error) });
    },
    flush: () => metrics.publishStoredMetrics(),
  };
};

const outcomeMetric = (outcome: Outcome): MetricName => {
  switch (outcome.kind) {
    case 'duplicate':
      return metric.duplicates;
    case 'deferred':
      return metric.jobsDeferred;
    case 'ended':
      return endedMetric[outcome.ending.status];
  }
};

const endedMetric = {
  succeeded: metric.jobsSucceeded,
  failed: metric.jobsFailed,
  expired: metric.jobsExpired,
} as const;

const idsOf = (job: Job, record: SQSRecord) => ({
  jobRef: referTo(job.jobId),
  messageId: record.messageId,
  receives: Number(record.attributes.ApproximateReceiveCount),
  traceId: job.trace.traceId,
  correlationRef: referTo(job.trace.correlationId),
  model: job.message.model,
});

/** Ids that a machine made: UUIDs, and plain hex of 32 digits. */
const MACHINE_MADE = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32})$/i;

/** A producer may put a name or an address into an id, so only machine-made ids are logged as they are. */
const referTo = (id: string): string =>
  MACHINE_MADE.test(id) ? id : `sha256:${createHash('sha256').update(id).digest('hex').slice(0, 12)}`;

const describeOutcome = (outcome: Outcome) => {
  if (outcome.kind === 'duplicate') return {};
  const calls = outcome.attempts.map(({ usage, startedAtMs, ...call }) => ({ ...call, ...usage }));
  if (outcome.kind === 'deferred') return { reason: outcome.reason, delayMs: outcome.delayMs, calls };
  const { ending } = outcome;
  return { status: ending.status, calls, ...(ending.status !== 'succeeded' && { reason: ending.reason }) };
};

/** An error's message may quote what it choked on (JSON.parse does), so only its name and place are told. */
const describeError = (error: unknown) =>
  error instanceof Error
    ? {
        error: error.name,
        at: error.stack
          ?.split('\n')
          .filter((line) => /^\s+at /.test(line))
          .slice(0, 5),
      }
    : { error: typeof error };
