import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { SQSRecord } from 'aws-lambda';
import type { AlertRejection } from '../pipeline/alerts/alert-message.ts';
import type { Notice } from '../pipeline/alerts/notice.ts';
import { ALERTS_SERVICE, type AlertMetricName, alertMetric } from '../pipeline/metric.ts';
import { describeError } from './describe-error.ts';

/** What is said of alerts in logs and metrics: names, labels and numbers of ours. */
export type AlertTelemetry = {
  received(alerts: number): void;
  published(notices: readonly Notice[], out: ReadonlySet<string>): void;
  rejected(record: SQSRecord, reason: AlertRejection): void;
  /** Something failed that is made good later. */
  fault(error: unknown): void;
  /** The schedule has looked at every group. */
  beat(): void;
  flush(): void;
};

export const createAlertTelemetry = ({ namespace }: { namespace: string }): AlertTelemetry => {
  const logger = new Logger({ serviceName: ALERTS_SERVICE });
  const metrics = new Metrics({ namespace, serviceName: ALERTS_SERVICE });
  const count = (name: AlertMetricName, value = 1) => metrics.addMetric(name, MetricUnit.Count, value);
  return {
    received: (alerts) => {
      if (alerts > 0) count(alertMetric.alertsReceived, alerts);
    },
    published: (notices, out) => {
      for (const { id, counts, reason } of notices) {
        count(out.has(id) ? alertMetric.noticesSent : alertMetric.noticesUnsent);
        logger.info(out.has(id) ? 'notice sent' : 'notice not sent', { notice: id, reason, ...counts });
      }
    },
    rejected: ({ messageId }, reason) => {
      count(alertMetric.alertsRejected);
      logger.warn('message rejected', { messageId, reason });
    },
    fault: (error) => logger.error('alerts delayed', describeError(error)),
    beat: () => count(alertMetric.heartbeat),
    flush: () => metrics.publishStoredMetrics(),
  };
};
