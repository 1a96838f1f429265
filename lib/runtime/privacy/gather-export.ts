import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { jsonText } from '../../pipeline/json-text.ts';
import type { SubjectVault } from '../../pipeline/ports.ts';
import {
  type ExportLine,
  type ExportManifest,
  type ExportPart,
  providedOf,
} from '../../pipeline/privacy/export-line.ts';
import type { Subject } from '../../pipeline/privacy/subject.ts';
import type { Done } from './carry-out.ts';
import type { ExportBucket } from './export-bucket.ts';
import { jobLineOf, letterLineOf, requestLineOf } from './export-lines.ts';
import { MANIFEST } from './export-names.ts';
import { openBody, openRow } from './open-kept.ts';
import { isOfPerson, type PersonsRequest, type PrivacyRecord, subjectOf } from './privacy-record.ts';
import type { PrivacyDesk } from './privacy-table.ts';
import { type Desk, lettersAbout } from './set-aside.ts';
import type { ListedJob, SubjectJobs } from './subject-jobs.ts';

export type GatherPorts = {
  jobs: SubjectJobs;
  desk: Desk;
  requests: Pick<PrivacyDesk, 'listOf'>;
  bucket: ExportBucket;
  vault: Pick<SubjectVault, 'read'>;
  now(): number;
  /** How long an export is there, in ms. */
  keptForMs: number;
};

/** Where gathering goes on: in the pages of jobs, then with everything else. */
const gathering = z.pipe(
  jsonText,
  z.union([z.strictObject({ jobs: z.optional(z.string()) }), z.strictObject({ rest: z.literal(true) })]),
);

/** Rows read at a time. */
const PARALLEL = 10;

/**
 * Writes what is kept of the subject, as objects of JSON Lines, one for each page of jobs. A page that is gathered again
 * overwrites its own object: its number is that of the objects before it.
 */
export const gather = async (ports: GatherPorts, record: PrivacyRecord): Promise<Done> => {
  const subject = subjectOf(record);
  if (subject === undefined) return { outcome: { kind: 'done' } };
  const at = gathering.parse(record.progress.cursor ?? '{}');
  if ('rest' in at) {
    const parts = await writePart(ports, record, await restOf(ports, record, subject));
    return { outcome: { kind: 'done' }, record: { ...record, parts } };
  }
  const { jobs, cursor } = await ports.jobs.page(subject, at.jobs);
  const lines = await readAll(ports, record, jobs);
  const parts = await writePart(ports, record, lines);
  const next = cursor === undefined ? { rest: true } : { jobs: cursor };
  return { outcome: { kind: 'more', cursor: JSON.stringify(next) }, record: { ...record, parts } };
};

const readAll = async (
  { jobs, vault }: GatherPorts,
  { right }: PrivacyRecord,
  listed: readonly ListedJob[],
): Promise<ExportLine[]> => {
  const lines: ExportLine[] = [];
  for (let from = 0; from < listed.length; from += PARALLEL) {
    const kept = await Promise.all(listed.slice(from, from + PARALLEL).map((job) => jobs.read(job)));
    const found = kept.filter((job) => job !== undefined);
    const read = await Promise.all(
      found.map(async (job) => jobLineOf(job, await openRow(vault, job.record))),
    );
    lines.push(...(right === 'portability' ? read.map(providedOf) : read));
  }
  return lines;
};

/** Messages that were set aside, and what was asked for before. */
const restOf = async (
  { desk, requests, vault }: GatherPorts,
  record: PrivacyRecord,
  subject: Subject,
): Promise<ExportLine[]> => {
  const letters = await lettersAbout(desk, subject);
  const lines = await Promise.all(
    letters.map(async (found) => letterLineOf(found, await openBody(vault, found.letter.message.body))),
  );
  if (record.right === 'portability') return lines;
  const asked = (await requests.listOf(record.tenantId))
    .filter(isOfPerson)
    .filter(({ subjectKind, subjectRef }) => subjectKind === subject.kind && subjectRef === subject.ref);
  return [...lines, ...asked.map(requestLineOf)];
};

/** All parts of the record, with one for these lines if there are any. */
const writePart = async (
  { bucket }: GatherPorts,
  record: PrivacyRecord,
  lines: readonly ExportLine[],
): Promise<ExportPart[]> => {
  if (lines.length === 0) return record.parts;
  const name = `part-${String(record.parts.length + 1).padStart(5, '0')}.jsonl`;
  const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  await bucket.put(`${record.auditId}/${name}`, body);
  const sha256 = createHash('sha256').update(body).digest('hex');
  return [...record.parts, { name, sha256, bytes: Buffer.byteLength(body), lines: lines.length }];
};

/** The manifest comes last: an export without one is not whole. */
export const seal = async (ports: GatherPorts, record: PersonsRequest): Promise<Done> => {
  const nowMs = ports.now();
  const manifest: ExportManifest = {
    ...{ kind: 'relay-export', version: 1, right: record.right, parts: record.parts },
    exportedAt: new Date(nowMs).toISOString(),
  };
  const exportFolder = record.auditId;
  await ports.bucket.put(`${exportFolder}/${MANIFEST}`, JSON.stringify(manifest));
  return {
    outcome: { kind: 'done' },
    record: { ...record, exportFolder, exportUntilMs: nowMs + ports.keptForMs },
  };
};
