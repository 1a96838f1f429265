import { type EndedJob, endedBefore, endingOf } from '../job/completion-event.ts';
import type { ReceivedJob } from '../job/job.ts';
import type { Outcome } from './process-job.ts';

/** The end of the job that a delivery has brought about, or found: every such delivery tells of it. */
export const endOfOutcome = (job: ReceivedJob, outcome: Outcome): EndedJob | undefined => {
  switch (outcome.kind) {
    case 'duplicate':
      return endedBefore(job, outcome.end);
    case 'ended': {
      const { ending, endedAtMs, attempts, past } = outcome;
      const calls = [...(past?.calls ?? []), ...attempts];
      return {
        ...endingOf(job),
        status: ending.status,
        ...(ending.status !== 'succeeded' && { reason: ending.reason }),
        endedAtMs,
        costMicroUsd: calls.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0),
      };
    }
    case 'deferred':
    case 'unwritten':
      return undefined;
  }
};
