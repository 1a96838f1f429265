import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { SQSRecord } from 'aws-lambda';
import type { Outcome } from '../pipeline/dispatch/process-job.ts';
import { explainLimits } from '../pipeline/fleet/latency.ts';
import type { Attempt, ReceivedJob, Skip } from '../pipeline/job/job.ts';
import type { Rejection } from '../pipeline/job/job-message.ts';
import type { LaneName } from '../pipeline/job/lane.ts';
import { LANE_DIMENSION, METRICS_SERVICE, type MetricName, metric } from '../pipeline/metric.ts';
import { limitCodes } from '../pipeline/model/model.ts';
import { describeError } from './describe-error.ts';
import type { Booked } from './ledger/ledger-book.ts';

/**
 * What is said of deliveries in logs and metrics: numbers, words of ours, and two ids, SQS's message id and the W3C
 * trace id. All other ids are the producer's words and may name a person (docs/decisions/0005-ids-in-logs.md).
 */
export type Telemetry = {
  /** A batch has come. */
  received(records: readonly SQSRecord[], nowMs: number): void;
  outcome(job: ReceivedJob, record: SQSRecord, outcome: Outcome, startedAtMs: number): void;
  rejected(record: SQSRecord, rejection: Rejection): void;
  /** `back`: of which job, if that is known, and when its message comes back. */
  deliveryError(record: SQSRecord, error: unknown, back?: { traceId?: string; delayMs: number }): void;
  /** The table that the fleet shares did not answer: circuits, quotas and limits go by what is known here. */
  fleetFault(error: unknown): void;
  /** A secret that could not be read. */
  secretFault(error: unknown): void;
  /** A tenant has spent most of its day's money. Which one is for the alert: metrics and logs name no tenant. */
  budgetWarning(): void;
  /** A budget's record could not be read, and has begun anew. */
  budgetRebuilt(): void;
  /** An alert that could not be raised. */
  alertFault(error: unknown): void;
  /** Where a batch's calls were entered. */
  booked(booked: Booked): void;
  /** Ends of jobs whose events are not out; their messages come back. */
  untold(count: number, error: unknown): void;
  /** Messages whose return SQS would not schedule. */
  returnsRefused(count: number): void;
  /** Writes the batch's metrics as one EMF line. */
  flush(): void;
};

/** The log level is Lambda's own (AWS_LAMBDA_LOG_LEVEL), which the stack sets with the log format. */
export const createTelemetry = ({ lane, namespace }: { lane: LaneName; namespace: string }): Telemetry => {
  const logger = new Logger({ serviceName: METRICS_SERVICE, persistentKeys: { lane } });
  const metrics = new Metrics({
    namespace,
    serviceName: METRICS_SERVICE,
    defaultDimensions: { [LANE_DIMENSION]: lane },
  });
  const count = (name: MetricName, value = 1) => metrics.addMetric(name, MetricUnit.Count, value);
  const time = (name: MetricName, ms: number) => metrics.addMetric(name, MetricUnit.Milliseconds, ms);
  return {
    received: (records, nowMs) => {
      const sentAtMs = records.map(({ attributes }) => Number(attributes.SentTimestamp));
      time(metric.messageAge, nowMs - Math.min(nowMs, ...sentAtMs));
    },
    outcome: (job, record, outcome, startedAtMs) => {
      count(outcomeMetric(outcome));
      const receives = Number(record.attributes.ApproximateReceiveCount);
      if (receives === 1) time(metric.queueWait, Math.max(startedAtMs - job.enqueuedAtMs, 0));
      if (outcome.kind !== 'duplicate')
        for (const attempt of outcome.attempts) countAttempt(attempt, count, time);
      if ('skips' in outcome) countSkips(outcome.skips, count);
      if (outcome.kind === 'ended') countEnding(job, outcome, count);
      const ids = { messageId: record.messageId, traceId: job.trace.traceId, receives };
      logger.info(`job ${outcome.kind}`, { ...ids, model: job.message.model, ...describeOutcome(outcome) });
    },
    rejected: (record, { reason, detail }) => {
      count(metric.messagesRejected);
      logger.warn('message rejected', { messageId: record.messageId, reason, detail });
    },
    deliveryError: (record, error, back) => {
      count(metric.deliveryErrors);
      logger.error('delivery failed', { messageId: record.messageId, ...back, ...describeError(error) });
    },
    fleetFault: (error) => {
      count(metric.deliveryErrors);
      logger.error('fleet table failed', describeError(error));
    },
    secretFault: (error) => logger.error('secret not read', describeError(error)),
    budgetWarning: () => {
      count(metric.budgetWarnings);
      logger.warn('budget nearly spent');
    },
    budgetRebuilt: () => {
      count(metric.deliveryErrors);
      logger.error('budget record rebuilt');
    },
    alertFault: (error) => {
      count(metric.deliveryErrors);
      logger.error('alert not raised', describeError(error));
    },
    booked: (booked) => {
      if (booked.kind === 'written') return;
      count(metric.ledgerUnwritten, booked.count);
      const { error, ...told } = booked;
      logger.error('ledger not written', { ...told, ...(error !== undefined && describeError(error)) });
    },
    untold: (untold, error) => {
      if (untold === 0) return;
      count(metric.deliveryErrors, untold);
      logger.error('events not published', { untold, ...(error !== undefined && describeError(error)) });
    },
    returnsRefused: (refused) => {
      if (refused === 0) return;
      count(metric.deliveryErrors, refused);
      logger.warn('returns refused', { refused });
    },
    flush: () => metrics.publishStoredMetrics(),
  };
};

type Count = (name: MetricName, value?: number) => void;
type Time = (name: MetricName, ms: number) => void;

/** Whoever reads of a call that was cut off asks why so soon. */
const isCutOff = ({ code }: Pick<Attempt, 'code'>): boolean => limitCodes.some((limit) => limit === code);

const countAttempt = (attempt: Attempt, count: Count, time: Time): void => {
  time(metric.modelLatency, attempt.durationMs);
  if (attempt.firstEventMs !== undefined) time(metric.firstEventLatency, attempt.firstEventMs);
  if (isCutOff(attempt)) count(metric.callsCutOff);
  count(metric.costMicroUsd, attempt.costMicroUsd);
  count(metric.inputTokens, attempt.usage?.inputTokens ?? 0);
  count(metric.outputTokens, attempt.usage?.outputTokens ?? 0);
  if (attempt.unpriced)
    count(attempt.unpriced === 'usage-unknown' ? metric.unpricedCalls : metric.unknownPrices);
  if (attempt.outcome === 'money' || attempt.outcome === 'misconfigured') count(metric.providerNeedsPerson);
};

type Ended = Extract<Outcome, { kind: 'ended' }>;

const countSkips = (skips: readonly Skip[], count: Count): void => {
  const circuitSkips = skips.filter(
    ({ reason }) => reason === 'circuit-open' || reason === 'circuit-held',
  ).length;
  if (circuitSkips > 0) count(metric.circuitSkips, circuitSkips);
};

const countEnding = ({ message }: ReceivedJob, { ending }: Ended, count: Count): void => {
  if (ending.status === 'failed' && ending.reason === 'budget-exhausted') count(metric.budgetsExhausted);
  if (ending.status !== 'succeeded') return;
  const { answer } = ending;
  if (answer.source === 'cache') count(metric.cachedAnswers);
  if (answer.source === 'default') count(metric.defaultAnswers);
  if (answer.source === 'model' && answer.model !== message.model) count(metric.rescuedAnswers);
};

const outcomeMetric = (outcome: Outcome): MetricName => {
  switch (outcome.kind) {
    case 'duplicate':
      return metric.duplicates;
    case 'deferred':
      return metric.jobsDeferred;
    case 'unwritten':
      return metric.deliveryErrors;
    case 'ended':
      return endedMetric[outcome.ending.status];
  }
};

const endedMetric = {
  succeeded: metric.jobsSucceeded,
  failed: metric.jobsFailed,
  expired: metric.jobsExpired,
  canceled: metric.jobsErased,
} as const;

const describeOutcome = (outcome: Outcome) => {
  if (outcome.kind === 'duplicate') return {};
  const calls = outcome.attempts.map(({ usage, startedAtMs, limits, ...call }) => ({
    ...call,
    ...usage,
    ...(limits && { limits: explainLimits(limits) }),
  }));
  if (outcome.kind === 'unwritten') return { calls, ...describeError(outcome.error) };
  const { skips } = outcome;
  const passedOver = skips.length > 0 && { passedOver: skips.map(({ atMs, ...skip }) => skip) };
  if (outcome.kind === 'deferred')
    return { reason: outcome.reason, delayMs: outcome.delayMs, calls, ...passedOver };
  const { ending } = outcome;
  const said = { status: ending.status, calls, ...passedOver };
  return ending.status === 'succeeded'
    ? { ...said, source: ending.answer.source }
    : { ...said, reason: ending.reason };
};
