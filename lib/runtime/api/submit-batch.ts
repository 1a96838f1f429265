import { problem, problemBody } from '../../api/problem.ts';
import type { AnswerOf } from '../../api/route.ts';
import type { Routes } from '../../api/routes.ts';
import { submittedJob } from '../../api/schemas/job.ts';
import type { Caller } from '../../api/scope.ts';
import { faultsOf } from '../../pipeline/job/field-fault.ts';
import { createLimiter } from '../limiter.ts';
import { isPassing } from '../retry.ts';
import { listedJobOf } from './job-view.ts';
import { type SubmissionPorts, submitJob } from './submission.ts';

type Item = AnswerOf<Routes['submitJobs']>['body']['items'][number];
type Batch = {
  caller: Caller;
  jobs: readonly unknown[];
  traceparent: string | undefined;
  requestId: string;
  remainingMs(): number;
};

/** Jobs of a batch that are submitted at a time: a hundred connections at once would be slower. */
const AT_ONCE = 10;

/** Submits each job by itself; what is wrong with one is told of that one. */
export const submitBatch = async (ports: SubmissionPorts, { jobs, ...around }: Batch): Promise<Item[]> => {
  const limit = createLimiter(AT_ONCE);
  const parsed = jobs.map((job) => submittedJob.safeParse(job));
  await meetAll(ports, around.caller, parsed);
  return Promise.all(
    parsed.map(async (job, index): Promise<Item> => {
      const result = await limit(() => submitOne(ports, around, job));
      return result.kind === 'problem'
        ? { kind: 'refused', index, problem: problemBody(result) }
        : { kind: 'accepted', index, job: listedJobOf(result.record, ports.clock.now()) };
    }),
  );
};

/** One job's slowest row and message, with what their repeats take, and the answer. In ms. */
const LEAST_MS = 8_000;

type Parsed = ReturnType<typeof submittedJob.safeParse>;

/** All persons of the batch in one read. Where that fails, each job asks for its own, and is told of. */
const meetAll = async (
  { vault, clock }: SubmissionPorts,
  { tenantId }: Caller,
  parsed: readonly Parsed[],
): Promise<void> => {
  const jobs = parsed.flatMap(({ data }) => (data ? [{ ...data, tenantId }] : []));
  await vault.prepare(jobs, clock.now()).catch(() => undefined);
};

const submitOne = async (ports: SubmissionPorts, around: Omit<Batch, 'jobs'>, parsed: Parsed) => {
  if (!parsed.success)
    return problem('invalid-request', 'Mend the fields that are named in faults.', {
      faults: faultsOf(parsed.error.issues, 'the job'),
    });
  const { requestId, remainingMs, ...order } = around;
  if (remainingMs() < LEAST_MS) return notInTime;
  return submitJob(ports, { ...order, body: parsed.data, key: undefined }).catch((error: unknown) => {
    ports.onFault(requestId, error);
    return isPassing(error) ? unavailable : failed;
  });
};

/** The others of the batch may well be in their lanes: this one alone is to be sent again. */
const unavailable = problem('unavailable', 'Submit this job again in a moment, under the same name.');

const notInTime = problem(
  'unavailable',
  'There was no time for this job: submit it again, under the same name.',
);

const failed = problem('internal', 'Nothing is known to be wrong with this job. Tell us the x-request-id.');
