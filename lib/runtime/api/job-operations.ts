import { setTimeout as sleep } from 'node:timers/promises';
import { isEnded } from '../../pipeline/job/job.ts';
import type { KeyRing } from '../../pipeline/ports.ts';
import { openRecord } from '../open-record.ts';
import { cancelJob } from './cancel-job.ts';
import type { JobRecord } from './job-record.ts';
import { jobViewOf, lifeOf, listedJobOf } from './job-view.ts';
import type { JobsIndex } from './jobs-index.ts';
import type { JobKey } from './jobs-table.ts';
import { listJobs } from './list-jobs.ts';
import { noJob } from './no-job.ts';
import type { Operations } from './operations.ts';
import { retryJob } from './retry-job.ts';
import { type SubmissionPorts, submitJob } from './submission.ts';
import { submitBatch } from './submit-batch.ts';

type JobOperations = Pick<
  Operations,
  'submitJob' | 'submitJobs' | 'listJobs' | 'getJob' | 'cancelJob' | 'retryJob'
>;

/** Between two looks at a job that somebody waits for, and what is left of the invocation after the last one. In ms. */
const LOOK_EVERY_MS = { first: 250, most: 1_000 };
const ANSWER_MARGIN_MS = 1_500;

/** What tenants do with their jobs. */
export const createJobOperations = (ports: SubmissionPorts & { index: JobsIndex }): JobOperations => {
  const view = async (record: JobRecord, ring?: KeyRing) =>
    jobViewOf(record, await openRecord(() => ring ?? ports.vault.read(record), record), ports.clock.now());
  return {
    submitJob: async ({ caller, body, query, headers, traceparent, remainingMs }) => {
      const submitted = await submitJob(ports, {
        caller,
        body,
        key: headers['idempotency-key'],
        correlationId: headers['x-correlation-id'],
        traceparent,
      });
      if (submitted.kind === 'problem') return submitted;
      const record = await awaitEnd(ports, submitted.record, query.wait, remainingMs);
      // an answer is opened with the keys that there are now; what the caller has just said, with those of then
      const shown = await view(record, record.answer === undefined ? submitted.ring : undefined);
      const status = isEnded(shown.status) ? 200 : 202;
      return { kind: 'answer', status, body: shown, headers: { location: shown.links.self } };
    },
    submitJobs: async ({ caller, body, traceparent, requestId, remainingMs }) => {
      const items = await submitBatch(ports, {
        caller,
        jobs: body.jobs,
        traceparent,
        requestId,
        remainingMs,
      });
      const accepted = items.filter(({ kind }) => kind === 'accepted').length;
      return { kind: 'answer', status: 200, body: { accepted, refused: items.length - accepted, items } };
    },
    listJobs: async ({ caller, query }) => {
      const page = await listJobs(ports.index, caller.tenantId, query, ports.clock.now());
      if (page.kind === 'problem') return page;
      const { nextCursor } = page;
      const jobs = page.records.map((record) => listedJobOf(record, ports.clock.now()));
      return { kind: 'answer', status: 200, body: { jobs, ...(nextCursor !== undefined && { nextCursor }) } };
    },
    getJob: async ({ caller, params, query, remainingMs }) => {
      const record = await ports.jobs.read(keyOf(caller, params));
      if (record === undefined) return noJob;
      const awaited = await awaitEnd(ports, record, query.wait, remainingMs);
      return { kind: 'answer', status: 200, body: await view(awaited) };
    },
    cancelJob: async ({ caller, params }) => cancelJob(ports, keyOf(caller, params)),
    retryJob: async ({ caller, params }) => {
      const retried = await retryJob(ports, keyOf(caller, params));
      return retried.kind === 'problem'
        ? retried
        : { kind: 'answer', status: 202, body: await view(retried.record) };
    },
  };
};

const keyOf = ({ tenantId }: { tenantId: string }, { jobId }: { jobId: string }): JobKey => ({
  tenantId,
  jobId,
});

/**
 * Looks at the row until the job has ended or the time is up: there is no event that a Lambda function could await. Who
 * has had its waits of the minute is answered at once: waiting holds an environment that others may need.
 */
const awaitEnd = async (
  { jobs, clock, waits }: SubmissionPorts,
  record: JobRecord,
  waitSeconds = 0,
  remainingMs: () => number,
): Promise<JobRecord> => {
  const isOver = (seen: JobRecord) => isEnded(lifeOf(seen, clock.now()).status);
  if (waitSeconds === 0 || isOver(record)) return record;
  if ((await waits.take(record.tenantId)).kind === 'full') return record;
  const untilMs = clock.now() + waitSeconds * 1000;
  let seen = record;
  for (
    let pauseMs = LOOK_EVERY_MS.first;
    !isOver(seen);
    pauseMs = Math.min(2 * pauseMs, LOOK_EVERY_MS.most)
  ) {
    if (clock.now() + pauseMs > untilMs || remainingMs() < ANSWER_MARGIN_MS + pauseMs) return seen;
    await sleep(pauseMs);
    seen = (await jobs.read(seen)) ?? seen;
  }
  return seen;
};
