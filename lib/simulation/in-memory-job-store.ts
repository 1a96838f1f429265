import {
  type Claim,
  type ClaimedJob,
  type ClaimRequest,
  decideClaim,
  decideRefusedWrite,
  decideStanding,
  type PastCall,
} from '../pipeline/job/claim.ts';
import type { Attempt, Ending, Job, Skip } from '../pipeline/job/job.ts';
import type { JobStore } from '../pipeline/ports.ts';

export type JobRow = ClaimedJob & {
  attempts: readonly Attempt[];
  skips: readonly Skip[];
  ending?: Ending;
  endedAtMs?: number;
};

/** The rules of claims over a map: what the DynamoDB store is held against, and what simulations run on. */
export const inMemoryJobStore = (): Omit<JobStore, 'findAnswer'> & {
  row(tenantId: string, jobId: string): JobRow | undefined;
  cancel(job: Job): void;
} => {
  const rows = new Map<string, JobRow>();
  const keyOf = (tenantId: string, jobId: string) => JSON.stringify([tenantId, jobId]);
  const keyOfJob = ({ jobId, message }: Job) => keyOf(message.tenantId, jobId);
  const claim = ({ job, claimId, nowMs, leaseUntilMs }: ClaimRequest): Claim => {
    const row = rows.get(keyOfJob(job));
    const known = row && { ...row, attempts: row.attempts.map(pastCallOf) };
    const decided = decideClaim(known, { claimId, nowMs });
    if (decided.kind !== 'won') return decided;
    const { attempts = [], skips = [] } = row ?? {};
    const runsCharged = decided.runsBefore + 1;
    rows.set(keyOfJob(job), { status: 'running', claimId, leaseUntilMs, runsCharged, attempts, skips });
    return decided;
  };
  const write = (job: Job, claimId: string, change: (row: JobRow) => JobRow) => {
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
    cancel: (job) => {
      const row = rows.get(keyOfJob(job));
      if (row !== undefined) rows.set(keyOfJob(job), { ...row, status: 'canceled' });
    },
  };
};

/** As a store remembers an attempt: no more than its accounts need. */
const pastCallOf = ({
  outcome: _outcome,
  code: _code,
  limits: _limits,
  firstEventMs: _first,
  ...call
}: Attempt): PastCall => call;
