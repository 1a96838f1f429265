import type { SQSRecord } from 'aws-lambda';
import type { AlertRejection } from '../pipeline/alerts/alert-message.ts';
import type { Notice } from '../pipeline/alerts/notice.ts';
import { doorMetric } from '../pipeline/metric.ts';
import { createStageTelemetry } from './stage-telemetry.ts';

/** What is said of alerts in logs and metrics: names, labels and numbers of ours. */
export type AlertTelemetry = {
  received(alerts: number): void;
  published(notices: readonly Notice[], out: ReadonlySet<string>): void;
  rejected(record: SQSRecord, reason: AlertRejection): void;
  /** The record of a group cannot be read: what it held is told to nobody. */
  unreadable(group: string): void;
  /** Something failed that is made good later. */
  fault(error: unknown): void;
  /** The schedule has looked at every group. */
  beat(): void;
  flush(): void;
};

export const createAlertTelemetry = ({ namespace }: { namespace: string }): AlertTelemetry => {
  const { measure, info, warn, failed, flush } = createStageTelemetry('group-alerts', namespace);
  return {
    received: (alerts) => {
      if (alerts > 0) measure(doorMetric.alertsReceived, alerts);
    },
    published: (notices, out) => {
      for (const { id, counts, reason } of notices) {
        measure(out.has(id) ? doorMetric.noticesSent : doorMetric.noticesUnsent, 1);
        info(out.has(id) ? 'notice sent' : 'notice not sent', { notice: id, reason, ...counts });
      }
    },
    rejected: ({ messageId }, reason) => {
      measure(doorMetric.alertsRejected, 1);
      warn('message rejected', { messageId, reason });
    },
    unreadable: (group) => {
      measure(doorMetric.groupsUnreadable, 1);
      warn('group unreadable', { group });
    },
    fault: (error) => failed('alerts delayed', error),
    beat: () => measure(doorMetric.heartbeat, 1),
    flush,
  };
};
