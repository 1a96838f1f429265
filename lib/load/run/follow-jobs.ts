import type { HttpClient } from '../../client/http-client.ts';
import { pause } from '../../local/sample/pause.ts';
import type { JobLine } from '../generator/journal.ts';
import { endOf, type FollowedJob } from './followed-job.ts';

/** Follows the jobs of a run to their ends, as a client does who has nothing but the API. */
export type JobFollower = {
  add(job: JobLine): void;
  jobs(): readonly FollowedJob[];
  /** Resolves when the signal aborts, or all jobs have ended once `stop` was called. */
  follow(signal: AbortSignal): Promise<void>;
  /** No more jobs will come: ends when those that there are have ended, or after so long. */
  stop(patienceMs: number): void;
};

const LOOK_EVERY_MS = 2_000;
/** Lists are no more than this share of what the API has to do: a look that takes long is made more rarely. */
const LOOK_SHARE = 0.2;
const LOOK_AT_LEAST_EVERY_MS = 10_000;
/** A list shows a job a second or so after it was accepted, and clocks of both sides differ. In ms. */
const SLACK_MS = 10_000;
const READS_AT_A_TIME = 4;

type Api = Pick<HttpClient, 'listJobs' | 'getJob'>;

export const createJobFollower = (api: Api): JobFollower => {
  const all: FollowedJob[] = [];
  const pending = new Map<string, { job: FollowedJob; acceptedAtMs: number }>();
  let giveUpAtMs: number | undefined;
  const isOver = () => giveUpAtMs !== undefined && (pending.size === 0 || Date.now() > giveUpAtMs);
  return {
    add: ({ jobId, lane, model, dueAtMs, expects, acceptedAtMs }) => {
      const job: FollowedJob = { jobId, lane, model, dueAtMs, expects };
      all.push(job);
      pending.set(jobId, { job, acceptedAtMs });
    },
    jobs: () => all,
    stop: (patienceMs) => {
      giveUpAtMs = Date.now() + patienceMs;
    },
    follow: async (signal) => {
      while (!signal.aborted && !isOver()) {
        const startedAtMs = Date.now();
        if (pending.size > 0) await look(api, pending);
        const tookMs = Date.now() - startedAtMs;
        if (!isOver()) await pause(pauseAfter(tookMs), signal);
      }
    },
  };
};

const pauseAfter = (tookMs: number): number =>
  Math.min(LOOK_AT_LEAST_EVERY_MS, Math.max(LOOK_EVERY_MS, tookMs / LOOK_SHARE - tookMs));

type Pending = Map<string, { job: FollowedJob; acceptedAtMs: number }>;

/** One look at all that is not known to have ended. An API that fails is asked again in the next one. */
const look = async (api: Api, pending: Pending): Promise<void> => {
  const oldestMs = Math.min(...[...pending.values()].map(({ acceptedAtMs }) => acceptedAtMs));
  const ended = (await listedSince(api, oldestMs - SLACK_MS)).filter(
    ({ jobId, endedAt }) => endedAt !== undefined && pending.has(jobId),
  );
  const readOne = async (): Promise<void> => {
    for (let listed = ended.pop(); listed !== undefined; listed = ended.pop())
      await readEnd(api, pending, listed.jobId);
  };
  await Promise.all(Array.from({ length: READS_AT_A_TIME }, readOne));
};

type Listed = { jobId: string; endedAt?: string };

const listedSince = async (api: Api, fromMs: number): Promise<Listed[]> => {
  const found: Listed[] = [];
  let cursor: string | undefined;
  do {
    const query = {
      from: new Date(fromMs).toISOString(),
      limit: 100,
      ...(cursor !== undefined && { cursor }),
    };
    const reply = await api.listJobs({ query }).catch(() => undefined);
    if (reply?.kind !== 'answer') break;
    found.push(...reply.body.jobs);
    cursor = reply.body.nextCursor;
  } while (cursor !== undefined);
  return found;
};

const readEnd = async (api: Api, pending: Pending, jobId: string): Promise<void> => {
  const reply = await api.getJob({ params: { jobId } }).catch(() => undefined);
  if (reply?.kind !== 'answer' || reply.body.endedAt === undefined) return;
  const followed = pending.get(jobId);
  if (followed !== undefined) followed.job.end = endOf(reply.body, reply.body.endedAt);
  pending.delete(jobId);
};
