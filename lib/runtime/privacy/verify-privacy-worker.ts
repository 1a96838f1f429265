import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { doorMetric } from '../../pipeline/metric.ts';
import { auditChains } from '../../pipeline/privacy/audit-chains.ts';
import { awsClient } from '../aws-client.ts';
import { createStageTelemetry } from '../stage-telemetry.ts';
import { systemClock } from '../system-clock.ts';
import { verifyAudit } from './verify-audit.ts';

/** What the function `verify-privacy` is told by its environment. */
type Settings = { AUDIT_TABLE: string; AUDIT_RETENTION_SECONDS: number; METRICS_NAMESPACE: string };

/** Verifies the audit trail and says where each chain ends: what the log has said, the table cannot take back. */
export const createVerifyPrivacyWorker = (settings: Settings) => {
  const telemetry = createStageTelemetry('verify-privacy', settings.METRICS_NAMESPACE);
  const table = {
    client: new DynamoDBClient(awsClient),
    tableName: settings.AUDIT_TABLE,
    retentionSeconds: settings.AUDIT_RETENTION_SECONDS,
    now: systemClock.now,
  };
  return async (): Promise<void> => {
    try {
      for (const chain of auditChains) {
        const { head, records, faults } = await verifyAudit(table, chain);
        for (const { kind, sequence } of faults) telemetry.warn('audit broken', { chain, kind, sequence });
        telemetry.measure(doorMetric.auditFaults, faults.length);
        telemetry.info('audit verified', { chain, records, ...head });
      }
    } finally {
      telemetry.flush();
    }
  };
};
