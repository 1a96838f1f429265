import {
  type Claim,
  type ClaimedJob,
  type ClaimRequest,
  decideClaim,
  decideRefusedWrite,
} from '../../lib/pipeline/claim.ts';
import type { Attempt, Ending, Job } from '../../lib/pipeline/job.ts';
import type { JobStore } from '../../lib/pipeline/ports.ts';

type Row = ClaimedJob & { attempts: readonly Attempt[]; ending?: Ending };

/** The rules of claims over a map: what the DynamoDB store is held against, and what the core's tests run on. */
export const inMemoryJobStore = (): JobStore & { row(jobId: string): Row | undefined } => {
  const rows = new Map<string, Row>();
  const keyOf = ({ jobId, message }: Job) => `${message.tenantId}/${jobId}`;
  const claim = ({ job, claimId, nowMs, leaseUntilMs }: ClaimRequest): Claim => {
    const row = rows.get(keyOf(job));
    const decided = decideClaim(row, { claimId, nowMs });
    if (decided.kind !== 'won') return decided;
    const callsCharged = decided.callsBefore + 1;
    rows.set(keyOf(job), {
      status: 'running',
      claimId,
      leaseUntilMs,
      callsCharged,
      attempts: row?.attempts ?? [],
    });
    return decided;
  };
  const write = (job: Job, claimId: string, change: (row: Row) => Row) => {
    const row = rows.get(keyOf(job));
    if (row?.status !== 'running' || row.claimId !== claimId) return decideRefusedWrite(row, claimId);
    rows.set(keyOf(job), change(row));
    return 'written';
  };
  return {
    claim: async (request) => claim(request),
    finish: async (job, claimId, { ending, attempts }) =>
      write(job, claimId, (row) => ({
        ...row,
        status: ending.status,
        ending,
        attempts: [...row.attempts, ...attempts],
      })),
    release: async (job, claimId, { attempts, billable }) =>
      write(job, claimId, (row) => ({
        ...row,
        status: 'queued',
        attempts: [...row.attempts, ...attempts],
        callsCharged: row.callsCharged - (billable ? 0 : 1),
      })),
    row: (jobId) => rows.get(`tenant-a/${jobId}`),
  };
};
