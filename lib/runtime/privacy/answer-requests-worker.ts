import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { doorMetric } from '../../pipeline/metric.ts';
import type { AuditChain } from '../../pipeline/privacy/audit-chains.ts';
import { awsClient } from '../aws-client.ts';
import { failedTogether } from '../failed-together.ts';
import type { LambdaVariables } from '../lambda-variables.ts';
import { createStageTelemetry } from '../stage-telemetry.ts';
import { systemClock } from '../system-clock.ts';
import { createSubjectVault } from '../vault/subject-vault.ts';
import { type AuditVariables, auditTableOf, createAuditTrail } from './audit-trail.ts';
import { auditedSteps } from './audited-steps.ts';
import { type CarryOutPorts, carryOut } from './carry-out.ts';
import { type ErasePorts, fence, mark, sweep } from './erase.ts';
import { type GatherPorts, gather, seal } from './gather-export.ts';
import type { PrivacyRecord } from './privacy-record.ts';
import {
  beginReplay,
  lookAtReplay,
  type Replayed,
  type ReplayOrder,
  replay,
  replayOrder,
} from './replay-erasures.ts';
import { type StoreVariables, stageStores } from './stage-stores.ts';
import { createTellEnded } from './tell-ended.ts';

/** What the function `answer-privacy-requests` is told by its environment. */
type Settings = StoreVariables &
  AuditVariables & {
    EXPORT_SECONDS: number;
    SETTLE_SECONDS: number;
    SUBJECT_KEYS_TABLE: string;
    CONTENT_KEY: string;
    RESULTS_TOPIC: string;
    METRICS_NAMESPACE: string;
  };

const DOOR: AuditChain = 'answer-privacy-requests';

/** Puts together what carries out requests of persons. A failure is the function's: the next run goes on where it was. */
export const createAnswerRequestsWorker = (settings: Settings, lambda: LambdaVariables) => {
  const client = new DynamoDBClient(awsClient);
  const telemetry = createStageTelemetry(DOOR, settings.METRICS_NAMESPACE);
  const trail = createAuditTrail(auditTableOf(settings, client), DOOR);
  const ports = {
    ...portsOf(settings, lambda, client),
    onDone: auditedSteps(trail, DOOR),
    tell: createTellEnded(settings.RESULTS_TOPIC),
    onFault: (record: PrivacyRecord | undefined, error: unknown) =>
      telemetry.failed(`a privacy request waits: ${record?.auditId}`, error),
  };
  return async (
    event: unknown,
    context: Pick<Context, 'getRemainingTimeInMillis'>,
  ): Promise<Replayed | undefined> => {
    const remainingMs = () => context.getRemainingTimeInMillis();
    const ordered = replayOrder.safeParse(event).data;
    try {
      if (ordered !== undefined) return await answerOrder(ports, ordered);
      const { open, late, errors } = await carryOut({ ...ports, remainingMs });
      telemetry.measure(doorMetric.privacyRequestsLate, late);
      const faults = errors.length;
      if (open > 0) telemetry.info('privacy requests', { open, late, faults });
      if (faults > 0) throw failedTogether(errors, `${faults} privacy requests could not be gone on with`);
      return undefined;
    } finally {
      telemetry.flush();
    }
  };
};

/** A replay is only recorded here: the next runs go on with it as with requests. */
const answerOrder = async (
  ports: Pick<CarryOutPorts, 'requests' | 'now'>,
  order: ReplayOrder,
): Promise<Replayed> => {
  if ('replay' in order)
    await beginReplay(ports, { tenantId: order.replay, nowMs: ports.now(), newId: randomUUID() });
  return lookAtReplay(ports, 'replay' in order ? order.replay : order.replayed);
};

const portsOf = (
  settings: Settings,
  lambda: LambdaVariables,
  client: DynamoDBClient,
): Pick<CarryOutPorts, 'requests' | 'hands' | 'now' | 'settleMs'> => {
  const stores: GatherPorts & ErasePorts & { requests: CarryOutPorts['requests'] } = {
    ...stageStores(settings, lambda, client),
    vault: createSubjectVault({
      client,
      tableName: settings.SUBJECT_KEYS_TABLE,
      keyId: settings.CONTENT_KEY,
      now: systemClock.now,
    }),
    keptForMs: settings.EXPORT_SECONDS * 1000,
  };
  const hands: CarryOutPorts['hands'] = {
    gather: (record) => gather(stores, record),
    seal: (record) => seal(stores, record),
    mark: (record, step) => mark(stores, record, step),
    fence: (record) => fence(stores, record),
    sweep: (record, step) => sweep(stores, record, step),
    replay: (record, step) => replay(stores, record, step),
  };
  const settleMs = settings.SETTLE_SECONDS * 1000;
  return { requests: stores.requests, hands, now: systemClock.now, settleMs };
};
