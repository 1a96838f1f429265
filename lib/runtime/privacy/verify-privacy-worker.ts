import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { doorMetric } from '../../pipeline/metric.ts';
import { type AuditChain, auditChains } from '../../pipeline/privacy/audit-chains.ts';
import { createLaneDesk, laneUrlsOf } from '../api/lane-desk.ts';
import { awsClient } from '../aws-client.ts';
import type { LambdaVariables } from '../lambda-variables.ts';
import { createStageTelemetry, type StageTelemetry } from '../stage-telemetry.ts';
import { systemClock } from '../system-clock.ts';
import { createAuditTrail } from './audit-trail.ts';
import { auditedSteps } from './audited-steps.ts';
import { type CarryOutPorts, carryOut } from './carry-out.ts';
import { createKmsSigner } from './kms-signer.ts';
import { lambdaBucket } from './lambda-bucket.ts';
import { createPrivacyDesk } from './privacy-table.ts';
import { createSubjectJobs } from './subject-jobs.ts';
import { verifyAudit } from './verify-audit.ts';
import { type VerifyPorts, verifyErasure } from './verify-erasure.ts';

/** What the function `verify-privacy` is told by its environment. */
type Settings = Parameters<typeof laneUrlsOf>[0] & {
  AUDIT_TABLE: string;
  AUDIT_RETENTION_SECONDS: number;
  PRIVACY_TABLE: string;
  OPEN_REQUESTS_INDEX: string;
  PRIVACY_RETENTION_SECONDS: number;
  JOBS_TABLE: string;
  TENANT_JOBS_INDEX: string;
  EXPORTS_BUCKET: string;
  RECEIPT_KEY: string;
  LANE_SECONDS: number;
  BACKUP_SECONDS: number;
  METRICS_NAMESPACE: string;
};

const DOOR: AuditChain = 'verify-privacy';

/** Of what a schedule says when it calls: whether the audit trail is to be looked at too. */
type Call = { audit?: boolean };

/** Verifies erasures whose second look is over, and the audit trail when it is told to. */
export const createVerifyPrivacyWorker = (settings: Settings, lambda: LambdaVariables) => {
  const client = new DynamoDBClient(awsClient);
  const telemetry = createStageTelemetry(DOOR, settings.METRICS_NAMESPACE);
  const table = {
    client,
    tableName: settings.AUDIT_TABLE,
    retentionSeconds: settings.AUDIT_RETENTION_SECONDS,
    now: systemClock.now,
  };
  const ports = portsOf(settings, lambda, client);
  const onDone = auditedSteps(createAuditTrail(table, DOOR), DOOR);
  return async (
    { audit = true }: Call,
    context: Pick<Context, 'getRemainingTimeInMillis'>,
  ): Promise<void> => {
    try {
      const { faults } = await carryOut({
        ...ports,
        onDone,
        remainingMs: () => context.getRemainingTimeInMillis(),
        onFault: (record, error) => telemetry.failed(`a privacy request waits: ${record?.auditId}`, error),
      });
      if (audit) for (const chain of auditChains) await verifyChain(telemetry, table, chain);
      if (faults > 0) throw new Error(`${faults} erasures could not be verified`);
    } finally {
      telemetry.flush();
    }
  };
};

/** Says where the chain ends: what the log has said, the table cannot take back. */
const verifyChain = async (
  telemetry: StageTelemetry,
  table: Parameters<typeof verifyAudit>[0],
  chain: AuditChain,
): Promise<void> => {
  const { head, records, faults } = await verifyAudit(table, chain);
  for (const { kind, sequence } of faults) telemetry.warn('audit broken', { chain, kind, sequence });
  telemetry.measure(doorMetric.auditFaults, faults.length);
  telemetry.info('audit verified', { chain, records, ...head });
};

const portsOf = (
  settings: Settings,
  lambda: LambdaVariables,
  client: DynamoDBClient,
): Pick<CarryOutPorts, 'requests' | 'hands' | 'now' | 'settleMs'> => {
  const requests = createPrivacyDesk({
    client,
    tableName: settings.PRIVACY_TABLE,
    indexName: settings.OPEN_REQUESTS_INDEX,
    retentionSeconds: settings.PRIVACY_RETENTION_SECONDS,
    now: systemClock.now,
  });
  const stores: VerifyPorts = {
    jobs: createSubjectJobs({
      client,
      tableName: settings.JOBS_TABLE,
      indexName: settings.TENANT_JOBS_INDEX,
      now: systemClock.now,
    }),
    desk: createLaneDesk(laneUrlsOf(settings)),
    requests,
    bucket: lambdaBucket(settings.EXPORTS_BUCKET, lambda),
    sign: createKmsSigner(settings.RECEIPT_KEY),
    now: systemClock.now,
    residues: {
      laneMs: settings.LANE_SECONDS * 1000,
      sideQueueMs: settings.LANE_SECONDS * 1000,
      backupMs: settings.BACKUP_SECONDS * 1000,
    },
  };
  const hands = { verify: (record: Parameters<typeof verifyErasure>[1]) => verifyErasure(stores, record) };
  return { requests, hands, now: systemClock.now, settleMs: 0 };
};
