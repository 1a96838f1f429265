import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpClient } from '../../lib/client/http-client.ts';
import { openJournal } from '../../lib/load/generator/journal.ts';
import { inTurn, pace } from '../../lib/load/generator/pace.ts';
import { createJobFollower } from '../../lib/load/run/follow-jobs.ts';
import { tailJournal } from '../../lib/load/run/tail-journal.ts';
import { aRequest, STARTED_MS } from './a-run.ts';

const accepted = '2026-11-26T12:00:00.000Z';
const ended = '2026-11-26T12:00:05.000Z';

const listed = (jobId: string, isEnded: boolean) => ({
  jobId,
  status: isEnded ? ('succeeded' as const) : ('running' as const),
  lane: 'critical' as const,
  model: 'gpt-5-mini' as const,
  creatorId: 'c',
  acceptedAt: accepted,
  deadlineAt: ended,
  ...(isEnded && { endedAt: ended }),
  costMicroUsd: 7,
  links: { self: `/v1/jobs/${jobId}` },
});

type Api = Pick<HttpClient, 'listJobs' | 'getJob'>;

/** An API with pages of one job; `failing` looks are answered by nobody. */
const anApi = (jobIds: readonly string[], isEnded: (jobId: string) => boolean, failing = 0): Api => {
  let looks = 0;
  return {
    listJobs: async (request) => {
      const at = Number(request?.query?.cursor ?? 0);
      if (at === 0) looks += 1;
      if (looks <= failing) throw new Error('fetch failed');
      const jobs = jobIds.slice(at, at + 1).map((jobId) => listed(jobId, isEnded(jobId)));
      const more = at + 1 < jobIds.length ? { nextCursor: String(at + 1) } : {};
      return { kind: 'answer', status: 200, requestId: 'r', body: { jobs, ...more } };
    },
    getJob: async ({ params: { jobId } }) => ({
      kind: 'answer',
      status: 200,
      requestId: 'r',
      body: { ...listed(jobId, true), mode: 'draft', subjectRefs: [], attempts: [], skips: [] },
    }),
  };
};

const aTakenJob = (jobId: string) => ({
  kind: 'job' as const,
  jobId,
  correlationId: 'c',
  lane: 'critical' as const,
  model: 'gpt-5-mini' as const,
  dueAtMs: STARTED_MS,
  acceptedAtMs: STARTED_MS,
  expects: 'answer' as const,
});

const never = new AbortController().signal;

describe('the follower of jobs', () => {
  it('reads every page until all jobs have ended', async () => {
    const follower = createJobFollower(anApi(['a', 'b', 'c'], () => true));
    for (const jobId of ['a', 'b', 'c']) follower.add(aTakenJob(jobId));
    follower.stop(60_000);
    await follower.follow(never);
    expect(follower.jobs().map(({ end }) => end?.endedAtMs)).toEqual(Array(3).fill(Date.parse(ended)));
  });

  it('asks again when nobody has answered', async () => {
    const follower = createJobFollower(anApi(['a'], () => true, 1));
    follower.add(aTakenJob('a'));
    follower.stop(60_000);
    await follower.follow(never);
    expect(follower.jobs()[0]?.end?.status).toBe('succeeded');
  });

  it('gives up on a job that does not end, and says so by leaving it without an end', async () => {
    const follower = createJobFollower(anApi(['a', 'b'], (jobId) => jobId === 'a'));
    for (const jobId of ['a', 'b']) follower.add(aTakenJob(jobId));
    follower.stop(100);
    await follower.follow(never);
    expect(follower.jobs().map(({ end }) => end !== undefined)).toEqual([true, false]);
  });
});

describe('the journal', () => {
  it('is read on from where the last look ended, and half a line is left for the next one', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'relay-journal-'));
    const file = join(dir, 'journal.jsonl');
    const read = tailJournal(file);
    expect(read()).toEqual([]);
    openJournal(file).write(aRequest(1));
    writeFileSync(file, '{"kind":"us', { flag: 'a' });
    expect(read()).toEqual([aRequest(1)]);
    writeFileSync(file, 'er","event":"came","atMs":1}\n', { flag: 'a' });
    expect(read()).toEqual([{ kind: 'user', event: 'came', atMs: 1 }]);
    await rm(dir, { recursive: true });
  });
});

describe('the pace of a user', () => {
  it('goes from start to start: what was held up is due when it was due', async () => {
    const startMs = Date.now() - 1_000;
    const due: number[] = [];
    for await (const { dueAtMs } of pace(startMs, 400, startMs + 1_100)) due.push(dueAtMs - startMs);
    expect(due).toEqual([0, 400, 800]);
  });

  it('takes the kinds of jobs one after the other', () => {
    const kinds = inTurn(['a', 'b']);
    expect([1, 2, 3].map(() => kinds.next().value)).toEqual(['a', 'b', 'a']);
  });
});
