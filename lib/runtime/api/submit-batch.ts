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
export const submitBatch = (ports: SubmissionPorts, { jobs, ...around }: Batch): Promise<Item[]> => {
  const limit = createLimiter(AT_ONCE);
  return Promise.all(
    jobs.map(async (given, index): Promise<Item> => {
      const result = await limit(() => submitOne(ports, around, given));
      return result.kind === 'problem'
        ? { kind: 'refused', index, problem: problemBody(result) }
        : { kind: 'accepted', index, job: listedJobOf(result.record, ports.clock.now()) };
    }),
  );
};

/** One job's slowest row and message, with what their repeats take, and the answer. In ms. */
const LEAST_MS = 8_000;

const submitOne = async (ports: SubmissionPorts, around: Omit<Batch, 'jobs'>, given: unknown) => {
  const parsed = submittedJob.safeParse(given);
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
