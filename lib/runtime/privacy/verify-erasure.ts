import { type Residues, receiptOf } from '../../pipeline/privacy/receipt.ts';
import type { Subject } from '../../pipeline/privacy/subject.ts';
import type { Done } from './carry-out.ts';
import type { ExportBucket } from './export-bucket.ts';
import { type PrivacyRecord, subjectOf, withoutSubject } from './privacy-record.ts';
import type { PrivacyDesk } from './privacy-table.ts';
import { type Desk, lettersAbout } from './set-aside.ts';
import type { SubjectJobs } from './subject-jobs.ts';

export type VerifyPorts = {
  jobs: Pick<SubjectJobs, 'page'>;
  desk: Pick<Desk, 'receive' | 'putBack'>;
  requests: Pick<PrivacyDesk, 'listOf'>;
  bucket: Pick<ExportBucket, 'list'>;
  /** Signs a text; base64. */
  sign(text: string): Promise<string>;
  now(): number;
  residues: Residues;
};

/**
 * Looks for the subject in every store that can be searched, by a role that may change none of them. If there is
 * nothing, a receipt is signed, and the request forgets whom it was about.
 */
export const verifyErasure = async (ports: VerifyPorts, record: PrivacyRecord): Promise<Done> => {
  const subject = subjectOf(record);
  const { erasedAtMs } = record;
  if (subject === undefined || erasedAtMs === undefined) throw new Error('an erasure without a subject');
  const found = await findAll(ports, record, subject, erasedAtMs);
  if (found > 0) return { outcome: { kind: 'unclean' } };
  const { requestId, subjectKind, progress } = record;
  const erasure = { requestId, subjectKind, erasedAtMs, erased: progress.erased };
  const text = JSON.stringify(receiptOf(erasure, ports.now(), ports.residues));
  const receipt = JSON.stringify({ text, signature: await ports.sign(text), algorithm: 'ECDSA_SHA_256' });
  return { outcome: { kind: 'done' }, record: { ...withoutSubject(record), receipt } };
};

const findAll = async (
  ports: VerifyPorts,
  record: PrivacyRecord,
  subject: Subject,
  erasedAtMs: number,
): Promise<number> => {
  const reader = { ...ports.desk, remove: () => Promise.reject(new Error('who verifies removes nothing')) };
  const requests = (await ports.requests.listOf(subject.tenantId)).filter(
    ({ requestId, subjectKind, subjectRef }) =>
      requestId !== record.requestId && subjectKind === subject.kind && subjectRef === subject.ref,
  );
  const [jobs, letters, exports] = await Promise.all([
    countJobs(ports, subject, erasedAtMs),
    lettersAbout(reader, subject),
    Promise.all(requests.map(({ auditId }) => ports.bucket.list(`${auditId}/`))),
  ]);
  return jobs + letters.length + exports.flat().length + requests.length;
};

const countJobs = async ({ jobs }: VerifyPorts, subject: Subject, erasedAtMs: number): Promise<number> => {
  let count = 0;
  let cursor: string | undefined;
  do {
    const page = await jobs.page(subject, cursor);
    count += page.jobs.filter(({ enqueuedAtMs }) => enqueuedAtMs <= erasedAtMs).length;
    cursor = page.cursor;
  } while (cursor !== undefined);
  return count;
};
