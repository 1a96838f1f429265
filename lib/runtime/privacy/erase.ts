import type { SubjectVault } from '../../pipeline/ports.ts';
import type { SweptStore } from '../../pipeline/privacy/request-plan.ts';
import type { Subject } from '../../pipeline/privacy/subject.ts';
import type { Done } from './carry-out.ts';
import type { ExportBucket } from './export-bucket.ts';
import { type PrivacyRecord, subjectOf, withoutSubject } from './privacy-record.ts';
import type { PrivacyDesk } from './privacy-table.ts';
import { type Desk, eraseLetters } from './set-aside.ts';
import type { SubjectJobs } from './subject-jobs.ts';

export type ErasePorts = {
  vault: Pick<SubjectVault, 'destroy' | 'restrict'>;
  jobs: SubjectJobs;
  desk: Desk;
  requests: Pick<PrivacyDesk, 'listOf' | 'change'>;
  bucket: Pick<ExportBucket, 'list' | 'remove'>;
  now(): number;
};

/** Jobs about the subject are kept, and not done, until a request lifts it. */
export const mark = async (
  { vault }: Pick<ErasePorts, 'vault'>,
  record: PrivacyRecord,
  { isRestricted }: { isRestricted: boolean },
): Promise<Done> => {
  const subject = subjectOf(record);
  if (subject !== undefined) await vault.restrict(subject, isRestricted);
  return { outcome: { kind: 'done' } };
};

/** An erasure has one instant, so it is written down before it counts: whoever does this again has the same. */
export const fence = async ({ vault, now }: ErasePorts, record: PrivacyRecord): Promise<Done> => {
  const subject = subjectOf(record);
  if (subject === undefined) return { outcome: { kind: 'done' } };
  const { erasedAtMs } = record;
  if (erasedAtMs === undefined)
    return { outcome: { kind: 'more', cursor: 'dated' }, record: { ...record, erasedAtMs: now() } };
  await vault.destroy(subject, erasedAtMs);
  return { outcome: { kind: 'done' } };
};

type Sweep = { store: SweptStore; pass: 1 | 2 };

/** Erases what one store has of the subject, or one page of it. What was accepted after the erasure is new, and stays. */
export const sweep = async (
  ports: ErasePorts,
  record: PrivacyRecord,
  { store, pass }: Sweep,
): Promise<Done> => {
  const subject = subjectOf(record);
  if (subject === undefined) return { outcome: { kind: 'done' } };
  switch (store) {
    case 'jobs':
      return sweepJobs(ports, record, subject);
    case 'dead-letters':
      return erased(await eraseLetters(ports.desk, subject));
    case 'exports':
      return erased(await sweepExports(ports, record, subject));
    case 'requests':
      // at first they still name what the second look through the exports must find
      return erased(pass === 1 ? 0 : await sweepRequests(ports, record, subject));
  }
};

const erased = (count: number): Done => ({ outcome: { kind: 'done', erased: count } });

/** Rows erased at a time. */
const PARALLEL = 10;

const sweepJobs = async (
  { jobs }: ErasePorts,
  { progress, erasedAtMs = 0 }: PrivacyRecord,
  subject: Subject,
): Promise<Done> => {
  const { jobs: found, cursor } = await jobs.page(subject, progress.cursor);
  const old = found.filter(({ enqueuedAtMs }) => enqueuedAtMs <= erasedAtMs);
  for (let from = 0; from < old.length; from += PARALLEL)
    await Promise.all(old.slice(from, from + PARALLEL).map((job) => jobs.remove(job)));
  if (cursor === undefined) return erased(old.length);
  return { outcome: { kind: 'more', cursor, erased: old.length } };
};

/** Also of an export that was begun and never finished: it lies where its request says. */
const sweepExports = async (ports: ErasePorts, record: PrivacyRecord, subject: Subject): Promise<number> => {
  const folders = (await othersOf(ports, record, subject)).map(({ auditId }) => `${auditId}/`);
  const keys = (await Promise.all(folders.map((folder) => ports.bucket.list(folder)))).flat();
  for (const key of keys) await ports.bucket.remove(key);
  return keys.length;
};

const sweepRequests = async (ports: ErasePorts, record: PrivacyRecord, subject: Subject): Promise<number> => {
  const others = await othersOf(ports, record, subject);
  for (const other of others)
    if ((await ports.requests.change(other, withoutSubject(other))) === undefined)
      throw new Error('a request about the subject has changed meanwhile');
  return others.length;
};

/** Other requests about the subject, with what belongs to them. */
const othersOf = async ({ requests }: ErasePorts, { requestId }: PrivacyRecord, subject: Subject) =>
  (await requests.listOf(subject.tenantId)).filter(
    (other) =>
      other.requestId !== requestId && other.subjectKind === subject.kind && other.subjectRef === subject.ref,
  );
