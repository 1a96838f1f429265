import type { CallLimits } from '../model/call-limits.ts';
import {
  failureKinds,
  type ModelName,
  type ProviderName,
  type ServiceTier,
  type Usage,
} from '../model/model.ts';
import type { Unpriced } from '../money/price.ts';
import type { LaneName } from './lane.ts';
import type { LaneMessage, OpenedMessage } from './sealed-message.ts';

/** A job that has been accepted: the message, plus what the lane and the delivery say of it. Times are ms since 1970. */
export type Job = {
  jobId: string;
  lane: LaneName;
  message: OpenedMessage;
  /** When the producer's message reached the lane. */
  enqueuedAtMs: number;
  deadlineAtMs: number;
  trace: Trace;
};

/** A job as its lane has it: its content may be sealed. */
export type ReceivedJob = Omit<Job, 'message'> & { message: LaneMessage };

/** W3C trace context of the job, and the id that its producer knows it by. */
export type Trace = { traceId: string; traceparent: string; correlationId: string };

/** How a job ends. There is exactly one ending per job, and all but success say why. */
export type Ending =
  | { status: 'succeeded'; answer: Answer }
  | { status: 'failed'; reason: FailureReason }
  | { status: 'expired'; reason: 'deadline-passed' }
  /** The data of one of its subjects was erased. */
  | { status: 'canceled'; reason: 'erased' };

/** A reason is a word for programs; what was tried and passed over stands in the attempts and skips. */
export const failureReasons = [
  'transient',
  'throttled',
  'money',
  'misconfigured',
  'refused',
  'invalid',
  'unavailable',
  'attempts-exhausted',
  'no-live-model',
  'processor-not-allowed',
  'budget-exhausted',
  'minor-risk',
  'restricted',
  'not-disclosed',
  'no-consent',
] as const;

export type FailureReason = (typeof failureReasons)[number];

/** Every reason for which a job may have ended without an answer. */
export const endReasons = [...failureReasons, 'deadline-passed', 'canceled-by-caller', 'erased'] as const;

export type EndReason = (typeof endReasons)[number];

/** A text with its provenance (AI Act Art. 50: machine-made text is marked as such). */
export type Answer =
  | ModelAnswer
  /** What a model answered to the same words before; `generatedAtMs` is when. */
  | (Omit<ModelAnswer, 'source'> & { source: 'cache' })
  /** A fixed text: no model wrote it. */
  | { source: 'default'; text: string; aiGenerated: false };

export type ModelAnswer = {
  source: 'model';
  text: string;
  aiGenerated: true;
  model: ModelName;
  provider: ProviderName;
  modelId: string;
  generatedAtMs: number;
};

/** How a call came out. */
export const attemptOutcomes = ['answer', ...failureKinds] as const;

/** One call of a provider, kept with the job whether it helped or not. */
export type Attempt = {
  /** 16 hex digits; the provider got it as the span id of `traceparent`, so it joins our ledger and their bill. */
  callId: string;
  model: ModelName;
  provider: ProviderName;
  modelId: string;
  startedAtMs: number;
  durationMs: number;
  /** How long the call might take, and why: kept when that ended it, which is when somebody asks. */
  limits?: CallLimits;
  /** From the start to the first event of the reply; absent when there was none. */
  firstEventMs?: number;
  outcome: (typeof attemptOutcomes)[number];
  code?: string;
  /** How long the provider asked us to stay away, in ms. */
  retryAfterMs?: number;
  usage?: Usage;
  servedTier?: ServiceTier | 'unknown';
  /** The tier that was asked for, when another one was served or none. */
  askedTier?: ServiceTier;
  /** Millionths of a US dollar, at the tier that was served: exact, unless `unpriced` says why it is an estimate. */
  costMicroUsd: number;
  unpriced?: Unpriced;
};

/** A rung of the chain, or one provider of it, that was passed over without a call. */
export type Skip = { rung: ModelName | 'cache'; provider?: ProviderName; reason: SkipReason; atMs: number };

export const skipReasons = [
  'no-live-model',
  'processor-not-allowed',
  'circuit-open',
  'circuit-held',
  'quota-exhausted',
  'budget-exhausted',
  'no-time',
  'not-cached',
  'cache-unavailable',
] as const;

export type SkipReason = (typeof skipReasons)[number];

/** Statuses that never change again. */
export const endedStatuses = ['succeeded', 'failed', 'expired', 'canceled'] as const;

export type EndedStatus = (typeof endedStatuses)[number];

/** All statuses; the first two are the ones that still change. */
export const jobStatuses = ['queued', 'running', ...endedStatuses] as const;

export type JobStatus = (typeof jobStatuses)[number];

export const isEnded = (status: JobStatus): status is EndedStatus =>
  status !== 'queued' && status !== 'running';
