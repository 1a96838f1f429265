import { type Problem, problem } from '../../api/problem.ts';
import { type LaneMessage, parseLaneMessage } from '../../pipeline/job/sealed-message.ts';
import type { JobRecord } from './job-record.ts';
import { lifeOf } from './job-view.ts';
import type { JobKey } from './jobs-table.ts';
import { noJob } from './no-job.ts';
import {
  budgetSpent,
  messageOf,
  refusalForHaste,
  type SubmissionPorts,
  type Submitted,
} from './submission.ts';

/** Each run leaves its calls on the row, which has 400 KB: its ending must find room. */
const MOST_RETRIES = 20;

/**
 * Lets a job run again that ended without an answer: its row is reopened first, and its message sent then. Who was
 * killed between the two retries once more, and the message is sent then.
 */
export const retryJob = async (ports: SubmissionPorts, key: JobKey): Promise<Submitted | Problem> => {
  const hasty = await refusalForHaste(ports, key.tenantId);
  if (hasty !== undefined) return hasty;
  const seen = await ports.jobs.read(key);
  if (seen === undefined) return noJob;
  const nowMs = ports.clock.now();
  if (seen.retries >= MOST_RETRIES)
    return problem('wrong-state', `The job was retried ${MOST_RETRIES} times. Submit a new one.`);
  const message = messageIn(seen);
  if (message === undefined) return problem('wrong-state', reasonAgainst(lifeOf(seen, nowMs)));
  const standing = await ports.purse.look({ lane: seen.lane, message });
  if (standing.kind === 'spent') return budgetSpent(standing.untilMs, nowMs);
  const deadlineAtMs = nowMs + ports.patienceMs[seen.lane];
  const isWaiting = lifeOf(seen, nowMs).status === 'queued';
  const record = isWaiting ? seen : (await ports.jobs.reopen(seen, deadlineAtMs)).record;
  if (record === undefined || lifeOf(record, nowMs).status !== 'queued')
    return problem('wrong-state', 'The job has changed in this moment: look at it again.');
  await ports.lanes.send(messageOf(message, record));
  return { kind: 'submitted', record };
};

/** The message of a job that may run again: one that ended without an answer, or was reopened and not taken since. */
const messageIn = ({ status, claimId, message }: JobRecord): LaneMessage | undefined => {
  const isOpen =
    status === 'failed' || status === 'expired' || (status === 'queued' && claimId === undefined);
  if (!isOpen || message === undefined) return undefined;
  const parsed = parseLaneMessage(message);
  return parsed.kind === 'job' ? parsed.message : undefined;
};

const reasonAgainst = ({ status }: Pick<JobRecord, 'status'>): string => {
  switch (status) {
    case 'queued':
    case 'running':
      return 'The job has not ended: wait for it, or cancel it.';
    case 'succeeded':
      return 'The job has its answer. Submit a new one for another.';
    case 'canceled':
      return 'The job was canceled, and its content is gone. Submit a new one.';
    case 'failed':
    case 'expired':
      return 'The content of the job is not kept any more. Submit a new one.';
  }
};
