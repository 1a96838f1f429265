import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { doorMetric } from '../../pipeline/metric.ts';
import { type AuditChain, auditChains } from '../../pipeline/privacy/audit-chains.ts';
import { awsClient } from '../aws-client.ts';
import { failedTogether } from '../failed-together.ts';
import type { LambdaVariables } from '../lambda-variables.ts';
import { createStageTelemetry, type StageTelemetry } from '../stage-telemetry.ts';
import { systemClock } from '../system-clock.ts';
import { type AuditVariables, auditTableOf, createAuditTrail } from './audit-trail.ts';
import { auditedSteps } from './audited-steps.ts';
import { type CarryOutPorts, carryOut } from './carry-out.ts';
import { createKmsSigner } from './kms-signer.ts';
import { type StoreVariables, stageStores } from './stage-stores.ts';
import { createTellEnded } from './tell-ended.ts';
import { verifyAudit } from './verify-audit.ts';
import { type VerifyPorts, verifyErasure } from './verify-erasure.ts';

/** What the function `verify-privacy` is told by its environment. */
type Settings = StoreVariables &
  AuditVariables & {
    RECEIPT_KEY: string;
    RESULTS_TOPIC: string;
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
  const table = auditTableOf(settings, client);
  const ports = portsOf(settings, lambda, client);
  const onDone = auditedSteps(createAuditTrail(table, DOOR), DOOR);
  const tell = createTellEnded(settings.RESULTS_TOPIC);
  return async (
    { audit = true }: Call,
    context: Pick<Context, 'getRemainingTimeInMillis'>,
  ): Promise<void> => {
    try {
      const { errors } = await carryOut({
        ...ports,
        onDone,
        tell,
        remainingMs: () => context.getRemainingTimeInMillis(),
        onFault: (record, error) => telemetry.failed(`a privacy request waits: ${record?.auditId}`, error),
      });
      if (audit) for (const chain of auditChains) await verifyChain(telemetry, table, chain);
      if (errors.length > 0) throw failedTogether(errors, `${errors.length} erasures could not be verified`);
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
  const stores: VerifyPorts & { requests: CarryOutPorts['requests'] } = {
    ...stageStores(settings, lambda, client),
    sign: createKmsSigner(settings.RECEIPT_KEY),
    residues: {
      laneMs: settings.LANE_SECONDS * 1000,
      sideQueueMs: settings.LANE_SECONDS * 1000,
      backupMs: settings.BACKUP_SECONDS * 1000,
    },
  };
  const hands = { verify: (record: Parameters<typeof verifyErasure>[1]) => verifyErasure(stores, record) };
  return { requests: stores.requests, hands, now: systemClock.now, settleMs: 0 };
};
