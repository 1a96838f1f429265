import type { EndOfRow } from './completion-event.ts';
import { type Attempt, isEnded, type Job, type JobStatus } from './job.ts';

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
export type ClaimedJob = {
  status: JobStatus;
  claimId: string;
  leaseUntilMs: number;
  runsCharged: number;
  attempts?: readonly PastCall[];
  /** Once it has ended. */
  end?: EndOfRow;
};

/** What a job's row remembers of a call, as far as accounts need it. */
export type PastCall = Pick<
  Attempt,
  | 'callId'
  | 'model'
  | 'provider'
  | 'modelId'
  | 'startedAtMs'
  | 'durationMs'
  | 'usage'
  | 'servedTier'
  | 'askedTier'
  | 'costMicroUsd'
  | 'unpriced'
>;

/** A claim whose lease has ended and that was neither given back nor ended: its worker died, or is very late. */
export type AbandonedRun = { claimId: string; leaseUntilMs: number };

/** What earlier runs of a job have left. Their workers may have died before they had entered it in the accounts. */
export type Past = { calls: readonly PastCall[]; abandoned?: AbandonedRun };

export type Claim =
  | { kind: 'won'; runsBefore: number; past?: Past }
  | { kind: 'held'; untilMs: number }
  | { kind: 'ended'; end: EndOfRow; past?: Past };

/**
 * The rule that a store's conditional write implements: a job may be claimed unless it has ended or another worker's
 * lease still runs. A claim that finds itself has been written before its reply was lost.
 */
export const decideClaim = (
  known: ClaimedJob | undefined,
  { claimId, nowMs }: Pick<ClaimRequest, 'claimId' | 'nowMs'>,
): Claim => {
  if (known === undefined) return { kind: 'won', runsBefore: 0 };
  const { status, leaseUntilMs, runsCharged } = known;
  if (isEnded(status)) return { kind: 'ended', end: known.end ?? { status }, ...pastOf(known) };
  if (known.claimId === claimId) return { kind: 'won', runsBefore: runsCharged - 1, ...pastOf(known) };
  if (status !== 'running') return { kind: 'won', runsBefore: runsCharged, ...pastOf(known) };
  return leaseUntilMs > nowMs
    ? { kind: 'held', untilMs: leaseUntilMs }
    : { kind: 'won', runsBefore: runsCharged, ...pastOf(known, { claimId: known.claimId, leaseUntilMs }) };
};

const pastOf = ({ attempts: calls = [] }: ClaimedJob, abandoned?: AbandonedRun): { past?: Past } =>
  calls.length === 0 && abandoned === undefined ? {} : { past: { calls, ...(abandoned && { abandoned }) } };

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
