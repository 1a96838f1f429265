import { setTimeout as elapse } from 'node:timers/promises';
import type { JobView, SubmittedJob } from '../api/schemas/job.ts';
import type { HttpClient } from '../client/http-client.ts';
import type { LaneName } from '../pipeline/job/lane.ts';
import type { ModelName } from '../pipeline/model/model.ts';

export type SmokeJob = Pick<JobView, 'jobId' | 'status' | 'reason' | 'answer'>;

/** How long the API lets a caller wait for a job's end, in seconds. */
const WAIT_SECONDS = 25;

/** How long a job may take before it is given up: a provider may let `flex` queue. In ms. */
const PATIENCE_MS = 300_000;

/** A tenant with many waits is answered at once. In ms. */
const PAUSE_MS = 1_000;

/** A job that tells nobody anything, and fails when no model answers. */
export const smokeOrder = (run: string, lane: LaneName, model: ModelName): SubmittedJob => ({
  creatorId: run,
  subjectRefs: [],
  priority: lane,
  model,
  input: { messages: [{ role: 'user', content: 'Answer with the word "here".' }] },
  options: { maxOutputTokens: 512, reasoningEffort: 'minimal', defaultAnswer: false },
  deadlineAt: new Date(Date.now() + PATIENCE_MS).toISOString(),
  mode: 'draft',
});

/** The job as it is when it has been accepted, or why it was not. */
export const submitted = async (client: HttpClient, body: SubmittedJob): Promise<SmokeJob | string> => {
  const reply = await client.submitJob({ body, query: { wait: WAIT_SECONDS } });
  if (reply.kind === 'answer') return reply.body;
  return reply.kind === 'problem' ? reply.problem.detail : `${reply.status} ${reply.message}`;
};

/** Follows a job to its end, which its deadline makes sure of. */
export const endedJob = async (
  client: HttpClient,
  job: SmokeJob,
  signal: AbortSignal,
): Promise<SmokeJob | string> => {
  const untilMs = Date.now() + 2 * PATIENCE_MS;
  let last = job;
  while (last.status === 'queued' || last.status === 'running') {
    if (Date.now() > untilMs) return `has not ended: ${last.status}`;
    await elapse(PAUSE_MS, undefined, { signal });
    const reply = await client.getJob({ params: { jobId: job.jobId }, query: { wait: WAIT_SECONDS } });
    if (reply.kind === 'answer') last = reply.body;
  }
  return last;
};
