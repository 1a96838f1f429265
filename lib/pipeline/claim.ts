import { isEnded, type Job, type JobStatus } from './job.ts';

/**
 * A claim makes one worker the owner of a job until its lease ends. SQS delivers at least once, so the same job may
 * reach several workers; each claim has an id of its own, and only writes under the latest one count.
 */
export type ClaimRequest = { job: Job; claimId: string; nowMs: number; leaseUntilMs: number };

/** What the store knows of a job that was claimed before. */
export type ClaimedJob = { status: JobStatus; claimId: string; leaseUntilMs: number; attemptsMade: number };

export type Claim =
  | { kind: 'won'; attemptsMade: number }
  | { kind: 'held'; untilMs: number }
  | { kind: 'ended'; status: JobStatus };

/**
 * The rule that a store's conditional write implements: a job may be claimed unless it has ended or another worker's
 * lease still runs. A claim that finds itself has been written before its reply was lost.
 */
export const decideClaim = (
  known: ClaimedJob | undefined,
  { claimId, nowMs }: Pick<ClaimRequest, 'claimId' | 'nowMs'>,
): Claim => {
  if (known === undefined) return { kind: 'won', attemptsMade: 0 };
  if (isEnded(known.status)) return { kind: 'ended', status: known.status };
  const held = known.status === 'running' && known.leaseUntilMs > nowMs && known.claimId !== claimId;
  return held
    ? { kind: 'held', untilMs: known.leaseUntilMs }
    : { kind: 'won', attemptsMade: known.attemptsMade };
};

/** What a write under a claim did. */
export type Written = 'written' | 'lost';

/**
 * The rule for a write that the store refused because the claim is no longer running: it was written before (and its
 * reply lost) if the claim is still the latest one, and another worker has the job if not.
 */
export const decideRefusedWrite = (known: ClaimedJob | undefined, claimId: string): Written =>
  known?.claimId === claimId ? 'written' : 'lost';
