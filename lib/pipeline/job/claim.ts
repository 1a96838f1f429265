import { isEnded, type Job, type JobStatus } from './job.ts';

/**
 * A claim makes one worker the owner of a job until its lease ends. SQS delivers at least once, so the same job may
 * reach several workers; each claim has an id of its own, and only writes under the latest one count.
 */
export type ClaimRequest = { job: Job; claimId: string; nowMs: number; leaseUntilMs: number };

/**
 * What the store knows of a job that was claimed before. Every claim charges a run down the chain to the job before
 * it is made, so that a worker that dies in the middle has not called for nothing; `release` takes back what called
 * nobody.
 */
export type ClaimedJob = { status: JobStatus; claimId: string; leaseUntilMs: number; runsCharged: number };

export type Claim =
  | { kind: 'won'; runsBefore: number }
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
  if (known === undefined) return { kind: 'won', runsBefore: 0 };
  if (isEnded(known.status)) return { kind: 'ended', status: known.status };
  if (known.claimId === claimId) return { kind: 'won', runsBefore: known.runsCharged - 1 };
  const held = known.status === 'running' && known.leaseUntilMs > nowMs;
  return held
    ? { kind: 'held', untilMs: known.leaseUntilMs }
    : { kind: 'won', runsBefore: known.runsCharged };
};

/** Whose the job is. `lost`: another worker's, or nobody's because a person has canceled it. */
export type Standing = 'mine' | 'lost';

/** The rule for a look at a claimed job. */
export const decideStanding = (known: ClaimedJob | undefined, claimId: string): Standing =>
  known?.status === 'running' && known.claimId === claimId ? 'mine' : 'lost';

/** What a write under a claim did. */
export type Written = 'written' | 'lost';

/**
 * The rule for a write that the store refused because the claim is no longer running: it was written before (and its
 * reply lost) if the claim is still the latest one and nobody canceled the job; else it is lost.
 */
export const decideRefusedWrite = (known: ClaimedJob | undefined, claimId: string): Written =>
  known?.claimId === claimId && known.status !== 'canceled' ? 'written' : 'lost';
