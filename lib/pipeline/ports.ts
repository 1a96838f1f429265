import type { Claim, ClaimRequest, Written } from './claim.ts';
import type { Attempt, Ending, Job } from './job.ts';
import type { ModelReply, ModelRequest, ProviderName } from './model.ts';

/** Time, passed in so that the core can be run on a virtual one. */
export type Clock = {
  /** ms since 1970. */
  now(): number;
  /** A signal that aborts after `ms`, and the means to call it off. */
  timer(ms: number): { signal: AbortSignal; cancel(): void };
};

/** Chance, passed in so that a run can be repeated. */
export type Chance = {
  /** In [0, 1). */
  random(): number;
  /** An id that no other call returns. */
  newId(): string;
};

/** Calls providers. Only those that the stage has an endpoint for are in it. */
export type Models = {
  providers: ReadonlySet<ProviderName>;
  /** Resolves to a failure rather than throwing; gives up when the signal aborts. */
  complete(provider: ProviderName, request: ModelRequest, signal: AbortSignal): Promise<ModelReply>;
};

/** Where jobs live. Every method is one conditional write, so two workers can never both win. */
export type JobStore = {
  claim(request: ClaimRequest): Promise<Claim>;
  /** Writes the ending, unless the claim was lost meanwhile. */
  finish(job: Job, claimId: string, record: EndRecord): Promise<Written>;
  /** Gives the job back to its lane. */
  release(job: Job, claimId: string, record: ReleaseRecord): Promise<Written>;
};

export type EndRecord = { ending: Ending; attempts: readonly Attempt[]; endedAtMs: number };

/** `billable`: the charge for the call that the claim was for stands, since the provider may bill it. */
export type ReleaseRecord = { attempts: readonly Attempt[]; billable: boolean };
