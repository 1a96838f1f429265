import * as z from 'zod/mini';
import type { SubjectVault } from '../../pipeline/ports.ts';
import { dueDay } from '../../pipeline/privacy/privacy-request.ts';
import { begun, type RestoredStore } from '../../pipeline/privacy/request-plan.ts';
import type { Subject, Subjects } from '../../pipeline/privacy/subject.ts';
import { utcDay } from '../../pipeline/utc.ts';
import type { Done } from './carry-out.ts';
import { isOpen, type PrivacyRecord, subjectOf, withoutSubject } from './privacy-record.ts';
import type { PrivacyDesk } from './privacy-table.ts';
import type { SubjectJobs } from './subject-jobs.ts';

/** What a person orders who has restored a table, and asks after that; a schedule's event has nothing of it. */
export const replayOrder = z.union([
  z.object({ replay: z.string().check(z.minLength(1)) }),
  z.object({ replayed: z.string().check(z.minLength(1)) }),
]);

export type ReplayOrder = z.infer<typeof replayOrder>;

/** `isWhole`: all of the tenant was looked at; otherwise it is gone on with every minute. */
export type Replayed = { erased: number; isWhole: boolean };

type Ports = {
  jobs: Pick<SubjectJobs, 'page' | 'remove'>;
  requests: Pick<PrivacyDesk, 'record' | 'read' | 'listOf' | 'change'>;
  vault: Pick<SubjectVault, 'read'>;
};

/** A tenant has one replay at a time. No request is called that: their ids are made of chance or a hash. */
const REPLAY_ID = 'replay';

/** Begins a replay, from its start even where one is under way: that one may be of before this restore. */
export const beginReplay = async (
  { requests }: Pick<Ports, 'requests'>,
  { tenantId, nowMs, newId }: { tenantId: string; nowMs: number; newId: string },
): Promise<PrivacyRecord> => {
  const replay: PrivacyRecord = {
    ...{ tenantId, requestId: REPLAY_ID, right: 'replay', subjectKind: 'tenant', status: 'received' },
    ...{ receivedAtMs: nowMs, recordedAtMs: nowMs, dueOn: dueDay(utcDay(nowMs)) },
    ...{ recordedBy: 'answer-privacy-requests', auditId: newId },
    ...{ progress: begun(nowMs), version: 0, parts: [] },
  };
  const { record } = await requests.record(replay);
  if (record.auditId === newId) return record;
  const begunAnew = await requests.change(record, { ...replay, version: record.version });
  if (begunAnew === undefined) throw new Error('a replay is gone on with in this moment: order it again');
  return begunAnew;
};

/** How far the tenant's replay is. */
export const lookAtReplay = async (
  { requests }: Pick<Ports, 'requests'>,
  tenantId: string,
): Promise<Replayed> => {
  const record = await requests.read({ tenantId, requestId: REPLAY_ID });
  if (record === undefined) throw new Error('no replay was ordered of this tenant');
  const { jobs = 0, requests: ofRequests = 0 } = record.progress.erased;
  return { erased: jobs + ofRequests, isWhole: !isOpen(record) };
};

/**
 * Erases again what a restore has brought back: what was accepted before an erasure of a person that it is about. Nobody
 * has to know who was erased: their tombstones say so, which are in no backup and outlive all of them.
 */
export const replay = (
  ports: Ports,
  record: PrivacyRecord,
  { store }: { store: RestoredStore },
): Promise<Done> => {
  switch (store) {
    case 'jobs':
      return replayJobs(ports, record);
    case 'requests':
      return replayRequests(ports, record);
  }
};

const replayJobs = async ({ jobs, vault }: Ports, { tenantId, progress }: PrivacyRecord): Promise<Done> => {
  const page = await jobs.page({ tenantId, kind: 'tenant', ref: tenantId }, progress.cursor);
  const erased = await countWhere(page.jobs, async (job) => {
    const isErased = (await vault.read(job)).standing(job.enqueuedAtMs) === 'erased';
    if (isErased) await jobs.remove(job);
    return isErased;
  });
  const { cursor } = page;
  return { outcome: cursor === undefined ? { kind: 'done', erased } : { kind: 'more', cursor, erased } };
};

/** Requests looked at in a step. */
const PAGE = 500;

/** What an erasure that is open still has to find is its own. */
const replayRequests = async (
  { requests, vault }: Ports,
  { tenantId, progress: { cursor = '' } }: PrivacyRecord,
): Promise<Done> => {
  const all = await requests.listOf(tenantId);
  const nameOf = ({ subjectKind, subjectRef }: PrivacyRecord) => JSON.stringify([subjectKind, subjectRef]);
  const beingErased = new Set(all.filter((each) => each.right === 'erasure' && isOpen(each)).map(nameOf));
  const left = all.filter(({ requestId }) => requestId > cursor);
  const page = left.slice(0, PAGE);
  const erased = await countWhere(page, async (each) => {
    const subject = subjectOf(each);
    if (subject === undefined || beingErased.has(nameOf(each))) return false;
    const isErased = (await vault.read(aloneOf(subject))).standing(each.recordedAtMs) === 'erased';
    if (isErased && (await requests.change(each, withoutSubject(each))) === undefined)
      throw new Error('a request about an erased subject has changed meanwhile');
    return isErased;
  });
  const last = page.at(-1);
  if (last === undefined || page.length === left.length) return { outcome: { kind: 'done', erased } };
  return { outcome: { kind: 'more', cursor: last.requestId, erased } };
};

/** Those whose data something about one subject alone would hold. */
const aloneOf = ({ tenantId, kind, ref }: Subject): Subjects => ({
  tenantId,
  creatorId: kind === 'creator' ? ref : '',
  subjectRefs: kind === 'fan' ? [ref] : [],
});

/** Asked for tombstones at a time. */
const PARALLEL = 25;

const countWhere = async <Item>(
  items: readonly Item[],
  test: (item: Item) => Promise<boolean>,
): Promise<number> => {
  let count = 0;
  for (let from = 0; from < items.length; from += PARALLEL)
    count += (await Promise.all(items.slice(from, from + PARALLEL).map(test))).filter(Boolean).length;
  return count;
};
