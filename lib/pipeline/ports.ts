import type { RaisedAlert } from './alerts/alert.ts';
import type { Claim, ClaimRequest, Standing, Written } from './job/claim.ts';
import type { Attempt, Ending, ModelAnswer, ReceivedJob, Skip } from './job/job.ts';
import type { ModelReply, ModelRequest, ProviderName } from './model/model.ts';
import type { Subject, SubjectStanding, Subjects } from './privacy/subject.ts';

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
  /**
   * Fetches what the first call of a provider needs besides the provider: its key, its adapter. Never rejects: what is
   * missing shows in `complete`. A limit on silence must not run meanwhile, or a cold start would count as an outage.
   */
  prepare(provider: ProviderName): Promise<void>;
  /** Resolves to a failure rather than throwing; gives up when the signal aborts. */
  complete(provider: ProviderName, request: ModelRequest, watch: CallWatch): Promise<ModelReply>;
};

/** How a call is watched while it runs. */
export type CallWatch = {
  signal: AbortSignal;
  /** At every sign of life of the model: each event of its stream. Keep-alives of the connection are none. */
  heard(): void;
};

/** Where jobs live. Every write is conditional, so two workers can never both win. */
export type JobStore = {
  claim(request: ClaimRequest): Promise<Claim>;
  /** Whether the claim still holds: seen before every rung but the first, because a rung costs money. */
  check(job: ReceivedJob, claimId: string): Promise<Standing>;
  /** Writes the ending, unless the claim was lost meanwhile. Repeats what fails in passing for `forMs`. */
  finish(job: ReceivedJob, claimId: string, record: EndRecord, forMs: number): Promise<Written>;
  /** Gives the job back to its lane. */
  release(job: ReceivedJob, claimId: string, record: ReleaseRecord): Promise<Written>;
  /** The latest model's answer to what has that name that is fresh enough to be given again. */
  findAnswer(answerKey: string, signal: AbortSignal): Promise<KeptAnswer | undefined>;
};

/** What a run down the chain leaves on the job's row. */
export type Trail = { attempts: readonly Attempt[]; skips: readonly Skip[] };

/** Its answer is written as it is sealed, and its text nowhere. */
export type EndRecord = Trail & { ending: Ending; endedAtMs: number; kept: KeptContent };

/** What a job's row keeps of content: its answer, or the sealed message of a job that may be run again. */
export type KeptContent = {
  answer?: Uint8Array;
  message?: string;
  /** Of a job whose row does not have it yet: that of one that came in the clear. */
  sealedMetadata?: Uint8Array;
  /** What a later job with the same words finds the answer by. */
  answerKey?: string;
};

/** A job's answer as its row has it, and whose it is. */
export type KeptAnswer = {
  jobId: string;
  subjects: Subjects;
  answer: Omit<ModelAnswer, 'text'>;
  sealed: Uint8Array;
};

/** `billable`: the charge for the run stands, since a provider may bill what it called. */
export type ReleaseRecord = Trail & { billable: boolean };

/** Names a record that all workers share. Records of one family are read together. */
export type FleetKey = { family: string; name: string };

/** `value` is JSON; whoever reads it parses it. Versions start at 1. */
export type FleetRecord = { name: string; version: number; value: unknown };

export type Replaced = { kind: 'replaced' } | { kind: 'changed'; current: FleetRecord | undefined };

/**
 * Small records that the whole fleet shares: circuits, quotas, latencies. One conditional write each, so that a rule
 * is a function from value to value, and two workers never both apply it to the same one.
 */
export type FleetStore = {
  list(family: string): Promise<readonly FleetRecord[]>;
  /** Writes when the record still has the version that was seen (0: there was none); `keepForMs` from now on. */
  replace(key: FleetKey, seenVersion: number, value: unknown, keepForMs: number): Promise<Replaced>;
};

export type Started = { kind: 'started' } | { kind: 'full'; freeAtMs: number };

/**
 * Counts the starts of each user in a sliding minute, for the whole fleet, in one write per start. `user`: a name that
 * tells nobody who it is (creatorName).
 */
export type UserStarts = { start(user: string, nowMs: number): Promise<Started> };

/** Tells the people on call, by way of the aggregator. Rejects when nobody took it: whoever raises decides what then. */
export type Alerts = { raise(alert: RaisedAlert): Promise<void> };

/** What a sealed text is, and whose: it opens in no other place. `id`: of the job, or of the request. */
export type ContentPlace = {
  what: 'message' | 'metadata' | 'answer' | 'export';
  tenantId: string;
  id: string;
};

/** `erased`: a key that it was sealed with is gone, or is another one now. */
export type Opened = { kind: 'opened'; text: string } | { kind: 'erased' };

/** The keys of everybody whose data a job holds, as one read found them. Content takes all of them to seal and to open. */
export type KeyRing = {
  /** Whether what was accepted then may be processed. */
  standing(acceptedAtMs: number): SubjectStanding;
  /** Throws on a text that was sealed in another place, or has been changed. */
  open(place: ContentPlace, sealed: Uint8Array): Opened;
};

/** A ring on which no key is missing, unless its standing is `erased`. */
export type SealingRing = KeyRing & {
  seal(place: ContentPlace, text: string): Uint8Array;
  /** A name for a text, the same within a tenant, that nobody without the tenant's key can guess the text by. */
  fingerprint(text: string): string;
};

/** Keeps a key for each subject. Where the key is gone, so is the content, in whatever queue or backup a copy may lie. */
export type SubjectVault = {
  /** The keys that there are. */
  read(subjects: Subjects): Promise<KeyRing>;
  /** The same, and new keys for those that have none; for content that was accepted then. */
  take(subjects: Subjects, acceptedAtMs: number): Promise<SealingRing>;
  /**
   * Destroys the key and leaves a tombstone, in one write. What is accepted later gets a new key. Safe to repeat: an
   * erasure has one instant, and what came after it stays.
   */
  destroy(subject: Subject, erasedAtMs: number): Promise<void>;
  /** Has the subject's data kept and not processed, or processed again. */
  restrict(subject: Subject, isRestricted: boolean): Promise<void>;
};
