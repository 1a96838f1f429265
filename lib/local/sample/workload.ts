import type { SqsProducer } from '../../client/sqs-producer.ts';
import type { SampleJob } from './conversations.ts';
import type { JobsTable, Rows } from './follow-jobs.ts';
import { followJobs, unfinished } from './follow-jobs.ts';
import type { JobRow } from './job-row.ts';
import { unclaimedRow } from './job-row.ts';
import type { Progress } from './progress.ts';
import { countProgress } from './progress.ts';
import { sendJobs } from './send-jobs.ts';

/** How often the jobs table is read. */
const POLL_MS = 500;

/** A worker that died holds its jobs for the lanes' visibility timeout of about 180 s: a longer silence is a fault. */
const STALL_MS = 200_000;

export type SampleRun = JobsTable & {
  producer: SqsProducer;
  jobs: readonly SampleJob[];
  onProgress(progress: Progress): void;
  signal: AbortSignal;
  stallMs?: number;
};

/** `rows` has one row per job sent, whether it ended or not. */
export type SampleResult =
  | { kind: 'ended'; rows: JobRow[] }
  | { kind: 'stalled'; rows: JobRow[]; message: string }
  | { kind: 'interrupted'; rows: JobRow[] };

/**
 * Sends the jobs and follows them until each has ended. To resume a run that was cut off, run it again
 * with the same jobs: a job that a worker knows already is not done twice.
 */
export const runSample = async (run: SampleRun): Promise<SampleResult> => {
  const rows: Rows = new Map(run.jobs.map((job) => [job.jobId, unclaimedRow(job)]));
  try {
    return await sendAndFollow(run, rows);
  } catch (error) {
    // An interruption takes the emulators down too, and then calls under way fail.
    if (run.signal.aborted) return { kind: 'interrupted', rows: [...rows.values()] };
    throw error;
  }
};

const sendAndFollow = async (run: SampleRun, rows: Rows): Promise<SampleResult> => {
  const { stallMs = STALL_MS } = run;
  const sendingFailed = new AbortController();
  const signal = AbortSignal.any([run.signal, sendingFailed.signal]);
  const onChange = () => run.onProgress(countProgress([...rows.values()]));
  onChange();
  const sending = sendJobs(run.producer, run.jobs, signal).catch((error: unknown) => {
    sendingFailed.abort();
    throw error;
  });
  const following = followJobs(run, rows, { onChange, signal, pollMs: POLL_MS, stallMs });
  const [, outcome] = await Promise.all([sending, following]);
  const result = { rows: [...rows.values()] };
  if (outcome !== 'stalled') return { kind: outcome, ...result };
  return { kind: outcome, ...result, message: stallMessage(unfinished(rows), stallMs) };
};

const stallMessage = (stuck: readonly JobRow[], stallMs: number): string => {
  const running = stuck.filter(({ status }) => status === 'running').length;
  const lanes = [...new Set(stuck.map(({ lane }) => lane))].join(', ');
  return (
    `nothing moved for ${stallMs / 1000} s: ${stuck.length} job(s) have not ended, ${running} of them running, ` +
    `in ${lanes}; look at the workers' output and at the dead-letter queues`
  );
};
