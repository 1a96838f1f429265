import type { EndOfRow } from './completion-event.ts';
import { type Attempt, isEnded, type JobStatus, type ReceivedJob } from './job.ts';

/**
 * A claim makes one worker the owner of a job until its lease ends. SQS delivers at least once, so the same job may
 * reach several workers; each claim has an id of its own, and only writes under the latest one count.
 */
export type ClaimRequest = { job: ReceivedJob; claimId: string; nowMs: number; leaseUntilMs: number };

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
  /** Of the latest claim, or of whoever has let it run again since. */
  deadlineAtMs: number;
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

/** What the rule needs of a claim. */
export type ClaimTerms = Pick<ClaimRequest, 'claimId' | 'nowMs'> & Pick<ReceivedJob, 'deadlineAtMs'>;

/** Whether all that the claimed job has time for is to expire. */
export const isLate = ({ deadlineAtMs, nowMs }: Pick<ClaimTerms, 'deadlineAtMs' | 'nowMs'>): boolean =>
  deadlineAtMs <= nowMs;

/**
 * The rule that a store's conditional write implements: a job may be claimed unless it has ended or another worker's
 * lease still runs. A claim that finds itself has been written before its reply was lost. A message that is late waits
 * while its job has time: somebody has let the job run again, and the message of before would end it as expired.
 */
export const decideClaim = (known: ClaimedJob | undefined, terms: ClaimTerms): Claim => {
  const { claimId, nowMs } = terms;
  if (known === undefined) return { kind: 'won', runsBefore: 0 };
  const { status, leaseUntilMs, runsCharged, deadlineAtMs } = known;
  if (isEnded(status)) return { kind: 'ended', end: known.end ?? { status }, ...pastOf(known) };
  if (known.claimId === claimId) return { kind: 'won', runsBefore: runsCharged - 1, ...pastOf(known) };
  if (status === 'running' && leaseUntilMs > nowMs) return { kind: 'held', untilMs: leaseUntilMs };
  if (isLate(terms) && deadlineAtMs > nowMs) return { kind: 'held', untilMs: deadlineAtMs };
  const abandoned = status === 'running' ? { claimId: known.claimId, leaseUntilMs } : undefined;
  return { kind: 'won', runsBefore: runsCharged, ...pastOf(known, abandoned) };
};

const pastOf = ({ attempts: calls = [] }: ClaimedJob, abandoned?: AbandonedRun): { past?: Past } =>
  calls.length === 0 && abandoned === undefined ? {} : { past: { calls, ...(abandoned && { abandoned }) } };

/** Whose the job is. `lost`: another worker's, or nobody's because a person has canceled it. */
export type Standing = 'mine' | 'lost';

type Owned = Pick<ClaimedJob, 'status' | 'claimId'>;

/** The rule for a look at a claimed job. */
export const decideStanding = (known: Owned | undefined, claimId: string): Standing =>
  known?.status === 'running' && known.claimId === claimId ? 'mine' : 'lost';

/** What a write under a claim did. */
export type Written = 'written' | 'lost';

/**
 * The rule for a write that the store refused because the claim is no longer running: it was written before (and its
 * reply lost) if the claim is still the latest one and nobody canceled the job; else it is lost.
 */
export const decideRefusedWrite = (known: Owned | undefined, claimId: string): Written =>
  known?.claimId === claimId && known.status !== 'canceled' ? 'written' : 'lost';
