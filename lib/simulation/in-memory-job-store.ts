import {
  type Claim,
  type ClaimedJob,
  type ClaimRequest,
  decideClaim,
  decideRefusedWrite,
  decideStanding,
  type PastCall,
} from '../pipeline/job/claim.ts';
import type { EndOfRow } from '../pipeline/job/completion-event.ts';
import { type Attempt, type Ending, isEnded, type ReceivedJob, type Skip } from '../pipeline/job/job.ts';
import type { JobStore } from '../pipeline/ports.ts';

export type JobRow = Omit<ClaimedJob, 'deadlineAtMs' | 'end'> & {
  job: ReceivedJob;
  attempts: readonly Attempt[];
  skips: readonly Skip[];
  ending?: Ending;
  endedAtMs?: number;
};

/** The rules of claims over a map: what the DynamoDB store is held against, and what simulations run on. */
export const inMemoryJobStore = (): Omit<JobStore, 'findAnswer'> & {
  row(tenantId: string, jobId: string): JobRow | undefined;
  cancel(job: ReceivedJob, nowMs: number): void;
} => {
  const rows = new Map<string, JobRow>();
  const keyOf = (tenantId: string, jobId: string) => JSON.stringify([tenantId, jobId]);
  const keyOfJob = ({ jobId, message }: ReceivedJob) => keyOf(message.tenantId, jobId);
  const claim = ({ job, claimId, nowMs, leaseUntilMs }: ClaimRequest): Claim => {
    const row = rows.get(keyOfJob(job));
    const known = row && {
      ...row,
      deadlineAtMs: row.job.deadlineAtMs,
      attempts: row.attempts.map(pastCallOf),
      ...endOf(row),
    };
    const decided = decideClaim(known, { claimId, nowMs, deadlineAtMs: job.deadlineAtMs });
    if (decided.kind !== 'won') return decided;
    const { attempts = [], skips = [] } = row ?? {};
    const runsCharged = decided.runsBefore + 1;
    rows.set(keyOfJob(job), { job, status: 'running', claimId, leaseUntilMs, runsCharged, attempts, skips });
    return decided;
  };
  const write = (job: ReceivedJob, claimId: string, change: (row: JobRow) => JobRow) => {
    const row = rows.get(keyOfJob(job));
    if (row?.status !== 'running' || row.claimId !== claimId) return decideRefusedWrite(row, claimId);
    rows.set(keyOfJob(job), change(row));
    return 'written';
  };
  return {
    claim: async (request) => claim(request),
    check: async (job, claimId) => decideStanding(rows.get(keyOfJob(job)), claimId),
    finish: async (job, claimId, { ending, attempts, skips, endedAtMs }) =>
      write(job, claimId, (row) => ({
        ...row,
        status: ending.status,
        ending,
        endedAtMs,
        attempts: [...row.attempts, ...attempts],
        skips: [...row.skips, ...skips],
      })),
    release: async (job, claimId, { attempts, skips, billable }) =>
      write(job, claimId, (row) => ({
        ...row,
        status: 'queued',
        attempts: [...row.attempts, ...attempts],
        skips: [...row.skips, ...skips],
        runsCharged: row.runsCharged - (billable ? 0 : 1),
      })),
    row: (tenantId, jobId) => rows.get(keyOf(tenantId, jobId)),
    cancel: (job, nowMs) => {
      const row = rows.get(keyOfJob(job));
      if (row !== undefined) rows.set(keyOfJob(job), { ...row, status: 'canceled', endedAtMs: nowMs });
    },
  };
};

/** What the row says of its end, and of the message that it ended under: a later one may say otherwise. */
const endOf = ({ status, ending, endedAtMs, attempts, job }: JobRow): { end?: EndOfRow } => {
  if (!isEnded(status)) return {};
  const end = {
    status,
    lane: job.lane,
    model: job.message.model,
    correlationId: job.trace.correlationId,
    costMicroUsd: attempts.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0),
    acceptedAtMs: job.enqueuedAtMs,
    ...(endedAtMs !== undefined && { endedAtMs }),
    ...(ending !== undefined && ending.status !== 'succeeded' && { reason: ending.reason }),
  };
  return { end };
};

/** As a store remembers an attempt: no more than its accounts need. */
const pastCallOf = ({
  outcome: _outcome,
  code: _code,
  limits: _limits,
  firstEventMs: _first,
  ...call
}: Attempt): PastCall => call;
