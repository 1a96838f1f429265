import * as z from 'zod/mini';
import { type Problem, problem } from '../../api/problem.ts';
import type { RequestOf } from '../../api/route.ts';
import type { Routes } from '../../api/routes.ts';
import { jsonText } from '../../pipeline/json-text.ts';
import type { JobRecord } from './job-record.ts';
import type { JobsIndex, JobsSearch, Place } from './jobs-index.ts';

export type JobPage = { kind: 'page'; records: readonly JobRecord[]; nextCursor?: string };

type Query = RequestOf<Routes['listJobs']>['query'];

const USUAL_LIMIT = 50;

/** A rare status may hide behind many other jobs: a page may then be short, or empty, and goes on all the same. */
const MOST_LOOKS = 5;
const SCANNED_PER_LOOK = 400;

/** The index asks for a range, and this is later than any job. In ms since 1970. */
const FAR_MS = 8.64e15;

const place = z.pipe(
  jsonText,
  z.strictObject({
    jobId: z.string().check(z.minLength(1), z.maxLength(128)),
    enqueuedAtMs: z.int().check(z.minimum(0)),
  }),
);

/** A page of a tenant's jobs. A cursor is a place in time, so what comes in later does not move it. */
export const listJobs = async (
  index: JobsIndex,
  tenantId: string,
  query: Query,
  nowMs: number,
): Promise<JobPage | Problem> => {
  const { status, lane, creatorId, limit = USUAL_LIMIT, cursor, from, to } = query;
  const after =
    cursor === undefined ? undefined : place.safeParse(Buffer.from(cursor, 'base64url').toString()).data;
  if (cursor !== undefined && after === undefined)
    return problem('invalid-request', 'Give nextCursor of the page before as it is.', {
      faults: [{ field: 'query.cursor', fault: 'is no cursor' }],
    });
  const fromMs = from === undefined ? 0 : Date.parse(from);
  const toMs = to === undefined ? FAR_MS : Date.parse(to);
  if (toMs <= fromMs)
    return problem('invalid-request', 'Give a time that is later than from.', {
      faults: [{ field: 'query.to', fault: 'is no later than `from`' }],
    });
  if (after !== undefined && after.enqueuedAtMs < fromMs) return { kind: 'page', records: [] };
  // DynamoDB refuses a place outside of the range that it is asked for
  const within = after !== undefined && after.enqueuedAtMs < toMs ? after : undefined;
  const search: JobsSearch = { tenantId, fromMs, toMs, nowMs, status, lane, creatorId, after: within };
  const isFiltered = status !== undefined || lane !== undefined || creatorId !== undefined;
  return gather(index, search, limit, isFiltered ? SCANNED_PER_LOOK : limit);
};

const gather = async (
  index: JobsIndex,
  search: JobsSearch,
  limit: number,
  scanned: number,
): Promise<JobPage> => {
  const records: JobRecord[] = [];
  let after = search.after;
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const found = await index.search({ ...search, after }, scanned);
    records.push(...found.records);
    const last = records[limit - 1];
    if (records.length > limit && last !== undefined) return pageOf(records.slice(0, limit), last);
    if (found.end === undefined) return { kind: 'page', records };
    after = found.end;
    if (records.length === limit) break;
  }
  return pageOf(records, after);
};

const pageOf = (records: readonly JobRecord[], end: Place | undefined): JobPage => ({
  kind: 'page',
  records,
  ...(end && {
    nextCursor: Buffer.from(JSON.stringify({ jobId: end.jobId, enqueuedAtMs: end.enqueuedAtMs })).toString(
      'base64url',
    ),
  }),
});
