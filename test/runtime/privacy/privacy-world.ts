import { createHash } from 'node:crypto';
import { createCallers } from '../../../lib/local/cloud/aws-request.ts';
import { type S3, startS3 } from '../../../lib/local/cloud/s3/s3.ts';
import { keptContent } from '../../../lib/pipeline/dispatch/content.ts';
import type { Ending } from '../../../lib/pipeline/job/job.ts';
import type { JobMessage } from '../../../lib/pipeline/job/job-message.ts';
import { exportLine, exportManifest } from '../../../lib/pipeline/privacy/export-line.ts';
import { begun } from '../../../lib/pipeline/privacy/request-plan.ts';
import { type DeadLetter, readDeadLetter } from '../../../lib/runtime/api/dead-letter.ts';
import { createDynamoDbJobStore } from '../../../lib/runtime/dynamodb-job-store.ts';
import { createExportBucket, type ExportBucket } from '../../../lib/runtime/privacy/export-bucket.ts';
import { MANIFEST } from '../../../lib/runtime/privacy/export-names.ts';
import type { PrivacyRecord } from '../../../lib/runtime/privacy/privacy-record.ts';
import { createPrivacyDesk, type PrivacyDesk } from '../../../lib/runtime/privacy/privacy-table.ts';
import type { Desk } from '../../../lib/runtime/privacy/set-aside.ts';
import { type InMemoryVault, inMemoryVault } from '../../../lib/simulation/in-memory-vault.ts';
import { aJob } from '../../builders.ts';
import { type LocalTables, startLocalTables } from '../local-tables.ts';

export const NOW_MS = Date.parse('2026-11-26T09:30:00Z');

const answered: Ending = {
  status: 'succeeded',
  answer: {
    source: 'model',
    text: 'Coucou',
    aiGenerated: true,
    model: 'claude',
    provider: 'anthropic',
    modelId: 'claude-haiku-5-5',
    generatedAtMs: NOW_MS,
  },
};

/** Tables, a bucket and dead letters, as the function that answers requests finds them. */
export type PrivacyWorld = {
  tables: LocalTables;
  bucket: ExportBucket;
  desk: Desk;
  vault: InMemoryVault;
  /** Lets a job about these persons end with an answer, or fail and keep its message. */
  endJob(message: Partial<JobMessage>, ending?: 'answered' | 'failed'): Promise<string>;
  setAside(body: string): void;
  setAsideBodies(): string[];
  /** What an export has, with every line and hash checked. */
  readExport(folder: string): Promise<{ lines: ReturnType<typeof exportLine.parse>[] }>;
  stop(): Promise<void>;
};

let ids = 0;

export const startPrivacyWorld = async (): Promise<PrivacyWorld> => {
  const tables = await startLocalTables();
  const s3 = await startS3({ callers: createCallers(), onRequest: () => undefined });
  s3.createBucket('exports');
  const bucket = bucketOf(s3);
  const jobs = createDynamoDbJobStore({
    client: tables.client,
    tableName: tables.jobs,
    retentionSeconds: 604_800,
    answerFreshForMs: 0,
    now: () => NOW_MS,
  });
  const letters: string[] = [];
  const vault = inMemoryVault(() => NOW_MS);
  return {
    tables,
    vault,
    bucket,
    desk: deskOf(letters),
    endJob: async (message, ending = 'answered') => {
      const job = aJob({ jobId: `job-${++ids}`, deadlineAtMs: NOW_MS + 3_600_000, message });
      await jobs.claim({ job, claimId: 'claim', nowMs: NOW_MS, leaseUntilMs: NOW_MS + 1_000 });
      const end: Ending = ending === 'answered' ? answered : { status: 'failed', reason: 'transient' };
      const kept = keptContent(await vault.take(job.message, NOW_MS), job, end);
      await jobs.finish(
        job,
        'claim',
        { ending: end, kept, endedAtMs: NOW_MS, attempts: [], skips: [] },
        1_000,
      );
      return job.jobId;
    },
    setAside: (body) => void letters.push(body),
    setAsideBodies: () => [...letters],
    readExport: (folder) => readExport(bucket, folder),
    stop: async () => {
      await s3.stop();
      await tables.stop();
    },
  };
};

const bucketOf = ({ endpoint }: S3): ExportBucket =>
  createExportBucket({
    bucket: 'exports',
    region: 'eu-west-1',
    endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    now: Date.now,
  });

/** One lane with dead letters; what was received is hidden until it is put back. */
const deskOf = (letters: string[]): Desk => {
  const hidden = new Set<string>();
  return {
    receive: async (lane): Promise<DeadLetter[]> => {
      const visible = lane === 'low' ? letters.filter((body) => !hidden.has(body)).slice(0, 10) : [];
      for (const body of visible) hidden.add(body);
      return visible.map((Body) =>
        readDeadLetter({ Body, ReceiptHandle: Body, Attributes: { SentTimestamp: String(NOW_MS) } }),
      );
    },
    remove: async (_lane, { receipt }) => void letters.splice(letters.indexOf(receipt), 1),
    putBack: async (_lane, back) => {
      for (const { receipt } of back) hidden.delete(receipt);
    },
  };
};

const readExport = async (bucket: ExportBucket, folder: string) => {
  const fetched = async (name: string) => (await fetch(bucket.link(`${folder}/${name}`, 60))).text();
  const { parts } = exportManifest.parse(JSON.parse(await fetched(MANIFEST)));
  const bodies = await Promise.all(parts.map(({ name }) => fetched(name)));
  const hashes = bodies.map((body) => createHash('sha256').update(body).digest('hex'));
  expect(hashes).toEqual(parts.map(({ sha256 }) => sha256));
  const lines = bodies.flatMap((body) => body.trimEnd().split('\n'));
  return { lines: lines.map((line) => exportLine.parse(JSON.parse(line))) };
};

/** A request as the API records it. */
export const aRequest = (changes: Partial<PrivacyRecord> = {}): PrivacyRecord => ({
  tenantId: 'tenant-a',
  requestId: `request-${++ids}`,
  right: 'access',
  subjectKind: 'fan',
  subjectRef: 'fan-7',
  status: 'received',
  receivedAtMs: NOW_MS,
  dueOn: '2026-12-26',
  recordedAtMs: NOW_MS,
  recordedBy: 'product',
  auditId: `audit-${ids}`,
  bodyHash: 'hash',
  progress: begun(NOW_MS),
  version: 0,
  parts: [],
  ...changes,
});

/** The table of requests as the function that answers them has it. */
export const privacyDeskOf = ({ tables }: Pick<PrivacyWorld, 'tables'>): PrivacyDesk =>
  createPrivacyDesk({
    client: tables.client,
    tableName: tables.privacy,
    indexName: 'open-requests',
    retentionSeconds: 86_400,
    now: () => NOW_MS,
  });
