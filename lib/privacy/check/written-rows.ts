import { foldEntries } from '../../pipeline/money/totals.ts';
import type { AuditedAct } from '../../pipeline/privacy/audit-chain.ts';
import { createJobsTable } from '../../runtime/api/jobs-table.ts';
import { createDynamoDbDeliveries } from '../../runtime/dynamodb-deliveries.ts';
import { createDynamoDbFleetStore } from '../../runtime/dynamodb-fleet-store.ts';
import { createDynamoDbJobStore } from '../../runtime/dynamodb-job-store.ts';
import { createDynamoDbUserStarts } from '../../runtime/dynamodb-user-starts.ts';
import { createLedgerTable } from '../../runtime/ledger/ledger-table.ts';
import { createTotalsTable } from '../../runtime/ledger/totals-table.ts';
import { createAuditTrail } from '../../runtime/privacy/audit-trail.ts';
import type { PrivacyRecord } from '../../runtime/privacy/privacy-record.ts';
import { createPrivacyTable } from '../../runtime/privacy/privacy-table.ts';
import { createSubjectRows } from '../../runtime/vault/subject-rows.ts';
import { sampleAnswer, sampleAttempt, sampleEntry, sampleJob, sampleSkip } from './sample-job.ts';
import { valuePaths } from './schema-paths.ts';
import { createWriteRecorder, type Written } from './write-recorder.ts';

/** Everything that the code writes into items of one kind, and how long they are kept, in seconds. */
export type WrittenRows = { paths: readonly string[]; keptForSeconds: ReadonlySet<number> };

/** How long functions are told to keep, in seconds, by the variable that tells them. */
export type Told = (variable: string) => number;

type Client = ReturnType<typeof createWriteRecorder>['client'];

/**
 * Has every store of rows write all that it can, into a client that only listens. All of it happens at instant 0, so
 * that what stands in `expiresAt` is how long a row is kept.
 */
export const writtenRows = async (told: Told): Promise<ReadonlyMap<string, WrittenRows>> => {
  const { client, written } = createWriteRecorder();
  const writes = [
    ...workerWrites(client, told),
    ...apiWrites(client, told),
    ...fleetWrites(client),
    ...ledgerWrites(client, told),
    ...vaultWrites(client),
  ];
  await Promise.allSettled(writes.map((write) => write())); // most miss the reply of a table
  const byTable = Map.groupBy(written, ({ table }) => table);
  return new Map([...byTable].map(([table, rows]) => [table, summaryOf(rows)]));
};

const summaryOf = (rows: readonly Written[]): WrittenRows => ({
  paths: [...new Set(rows.flatMap(({ attributes }) => valuePaths(attributes)))].sort(),
  keptForSeconds: new Set(
    rows.flatMap(({ attributes: { expiresAt } }) => (typeof expiresAt === 'number' ? [expiresAt] : [])),
  ),
});

const now = () => 0;
const trail = { attempts: [sampleAttempt], skips: [sampleSkip] };
const claimId = 'claim';

const workerWrites = (client: Client, told: Told) => {
  const retentionSeconds = told('JOB_RETENTION_SECONDS');
  const store = createDynamoDbJobStore({
    client,
    tableName: 'jobs/job',
    retentionSeconds,
    answerFreshForMs: 1,
    now,
  });
  const finish = (ending: Parameters<typeof store.finish>[2]['ending']) => () =>
    store.finish(sampleJob, claimId, { ...trail, ending, kept: keptOf(ending), endedAtMs: 0 }, 1_000);
  return [
    () => store.claim({ job: sampleJob, claimId, nowMs: 0, leaseUntilMs: 1 }),
    finish({ status: 'succeeded', answer: sampleAnswer }),
    finish({ status: 'failed', reason: 'refused' }),
    () => store.release(sampleJob, claimId, { ...trail, billable: true }),
  ];
};

const keptOf = ({ status }: { status: string }) =>
  status === 'succeeded'
    ? { answer: new Uint8Array([1]), answerKey: 'hash' }
    : { message: 'sealed', sealedMetadata: new Uint8Array([1]) };

const apiWrites = (client: Client, told: Told) => {
  const jobs = createJobsTable({
    client,
    tableName: 'jobs/job',
    retentionSeconds: told('JOB_RETENTION_SECONDS'),
    now,
  });
  const privacy = createPrivacyTable({
    client,
    tableName: 'privacy/request',
    retentionSeconds: told('PRIVACY_RETENTION_SECONDS'),
    now,
  });
  const trail = createAuditTrail(
    { client, tableName: 'audit/record', retentionSeconds: told('AUDIT_RETENTION_SECONDS'), now },
    'chain',
  );
  const seen = { ...sampleRecord, deadlineAtMs: 0 };
  return [
    () => jobs.accept(sampleJob, 'hash'),
    () => jobs.cancel(sampleRecord, 0),
    () => jobs.reopen(seen, 0),
    () => privacy.record(sampleRequest),
    () => trail.append(sampleAct),
  ];
};

const sampleRecord: Parameters<ReturnType<typeof createJobsTable>['reopen']>[0] = {
  jobId: 'job',
  tenantId: 'tenant',
  status: 'failed',
  lane: 'critical',
  model: 'gpt-5',
  mode: 'draft',
  creatorId: 'creator',
  subjectRefs: ['fan'],
  enqueuedAtMs: 0,
  deadlineAtMs: 0,
  costMicroUsd: 0,
  retries: 0,
  attempts: [],
  skips: [],
};

const sampleAct: AuditedAct = {
  action: 'redrive',
  actor: 'client',
  target: 'lane/low',
  requestId: 'request',
  details: { '*': 1 },
};

const sampleRequest: Required<PrivacyRecord> = {
  tenantId: 'tenant',
  requestId: 'request',
  right: 'erasure',
  subjectKind: 'fan',
  subjectRef: 'fan',
  status: 'received',
  receivedAtMs: 0,
  dueOn: '1970-02-01',
  completedAtMs: 0,
  recordedAtMs: 0,
  recordedBy: 'client',
  auditId: 'audit',
  bodyHash: 'hash',
  progress: {
    step: 0,
    cursor: 'job',
    dueAtMs: 0,
    erased: { jobs: 1, 'dead-letters': 1, exports: 1, requests: 1 },
  },
  version: 0,
  parts: [{ name: 'part', sha256: 'hash', bytes: 1, lines: 1 }],
  exportFolder: 'audit',
  exportUntilMs: 0,
  erasedAtMs: 0,
  receipt: 'signed',
};

/** A family's own value and retention are its module's (`fleet-families.ts`); here is what stands around it. */
const fleetWrites = (client: Client) => {
  const starts = createDynamoDbUserStarts({ client, tableName: 'fleet/user', limit: 3 });
  const deliveries = createDynamoDbDeliveries({ client, tableName: 'fleet/delivery', now });
  const records = createDynamoDbFleetStore({ client, tableName: 'fleet/record', now });
  return [
    () => starts.start('creator', 0),
    () => deliveries.delivered('critical', 0),
    () => records.replace({ family: 'family', name: 'name' }, 0, 'value', 1_000),
  ];
};

const ledgerWrites = (client: Client, told: Told) => {
  const retentionSeconds = told('LEDGER_RETENTION_SECONDS');
  const tables = { client, ledgerTable: 'ledger/entry', totalsTable: 'totals/hour', retentionSeconds, now };
  const totals = createTotalsTable(tables);
  return [
    () => createLedgerTable(tables).write([sampleEntry], 1_000),
    () => totals.set('1970-01-01T00', foldEntries([sampleEntry])),
    () =>
      createTotalsTable({ ...tables, totalsTable: 'totals/late-hour' }).mark({
        hour: '1970-01-01T00',
        markedAtMs: 0,
      }),
  ];
};

/** Whoever writes a key or a mark says how long it lives (`stored-shapes.ts`). */
const vaultWrites = (client: Client) => {
  const rows = createSubjectRows({ client, tableName: 'subject-keys/subject', now });
  const set = { wrappedKey: new Uint8Array([1]), erasedAtMs: 0, restrictedAtMs: 0, expiresAt: 0 };
  return [() => rows.change('name', undefined, { set })];
};
