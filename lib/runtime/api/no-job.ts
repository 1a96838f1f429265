import { problem } from '../../api/problem.ts';

/** One answer for a job that never was and for another tenant's: they cannot be told apart. */
export const noJob = problem(
  'not-found',
  'The tenant has no job of this id. Check it; a message that was sent to a lane is a job once a worker has taken it.',
);
