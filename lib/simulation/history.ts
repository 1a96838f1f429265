import type { Answer, EndedStatus, FailureReason } from '../pipeline/job/job.ts';
import type { LaneName } from '../pipeline/job/lane.ts';
import type { ProviderName } from '../pipeline/model/model.ts';

/** What happened in a run, as an onlooker saw it from outside the core. Times are ms of virtual time. */
export type HistoryEvent = { atMs: number } & (
  | {
      kind: 'sent';
      jobId: string;
      lane: LaneName;
      user: string;
      deadlineAtMs: number;
      allowedProcessors?: readonly ProviderName[];
    }
  | { kind: 'delivered'; jobId: string; environment: number; receives: number }
  | {
      kind: 'call-started';
      callId: string;
      jobId: string;
      environment: number;
      provider: ProviderName;
      modelId: string;
      /** The text that this call would answer with: no other call has the same. */
      text: string;
    }
  /** `outcome` is `answer`, or the code that the provider failed with; `hung-up` when the caller left first. Without a cost none is judged. */
  | { kind: 'call-ended'; callId: string; outcome: string; billed: boolean; costMicroUsd?: number }
  /** A write of a job's ending that the store applied. */
  | { kind: 'ending-written'; jobId: string; environment: number; ending: WrittenEnding }
  /** The news of a job's end has reached the topic; once for each that arrives. */
  | { kind: 'end-told'; jobId: string; eventId: string; status: EndedStatus }
  /** The message left its lane because the worker said that it was done. */
  | { kind: 'acknowledged'; jobId: string; environment: number }
  | { kind: 'sent-back'; jobId: string; environment: number; reason: string; delayMs: number }
  | { kind: 'dead-lettered'; jobId: string; receives: number }
  | { kind: 'environment-killed'; environment: number }
  /** What a tenant's budget said when the ledger had corrected it: what is spent, and what is leased besides. */
  | { kind: 'budget-recorded'; tenantId: string; recordedMicroUsd: number; leasedMicroUsd: number }
);

export type WrittenEnding =
  | { status: 'succeeded'; source: Answer['source']; text: string }
  | { status: 'failed'; reason: FailureReason }
  | { status: 'expired' | 'canceled' };

/** Where a run's events are kept, in the order in which they happened. */
export type History = readonly HistoryEvent[];
