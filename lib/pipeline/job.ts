import type { JobMessage } from './job-message.ts';
import type { LaneName } from './lane.ts';
import type { ModelFailure, ModelName, ProviderName, ServiceTier, Usage } from './model.ts';

/** A job that has been accepted: the message, plus what the lane and the delivery say of it. Times are ms since 1970. */
export type Job = {
  jobId: string;
  lane: LaneName;
  message: JobMessage;
  /** When the producer's message reached the lane. */
  enqueuedAtMs: number;
  deadlineAtMs: number;
  trace: Trace;
};

/** W3C trace context of the job, and the id that its producer knows it by. */
export type Trace = { traceId: string; traceparent: string; correlationId: string };

/** How a job ends. There is exactly one ending per job, and all but success say why. */
export type Ending =
  | { status: 'succeeded'; answer: Answer }
  | { status: 'failed'; reason: FailureReason }
  | { status: 'expired'; reason: 'deadline-passed' };

/** A reason is a word for programs; what the provider said in detail stands in the attempts. */
export const failureReasons = [
  'transient',
  'throttled',
  'money',
  'misconfigured',
  'refused',
  'invalid',
  'attempts-exhausted',
  'no-live-model',
  'processor-not-allowed',
] as const;

export type FailureReason = (typeof failureReasons)[number];

/** The model's text with its provenance (AI Act Art. 50: machine-made text is marked as such). */
export type Answer = {
  text: string;
  aiGenerated: true;
  model: ModelName;
  provider: ProviderName;
  modelId: string;
  generatedAtMs: number;
};

/** One call of a provider, kept with the job whether it helped or not. */
export type Attempt = {
  model: ModelName;
  provider: ProviderName;
  modelId: string;
  startedAtMs: number;
  durationMs: number;
  timeoutMs: number;
  outcome: 'answer' | ModelFailure['kind'];
  code?: string;
  usage?: Usage;
  servedTier?: ServiceTier | 'unknown';
  /** Millionths of a US dollar, at the tier that was served. */
  costMicroUsd: number;
  /** Why `costMicroUsd` is 0 although the provider may bill the call: a gap to close, never a free call. */
  unpriced?: 'no-price-list' | 'unknown-tier' | 'usage-unknown';
};

/** All statuses; the first two are the ones that still change. */
export const jobStatuses = ['queued', 'running', 'succeeded', 'failed', 'expired', 'canceled'] as const;

export type JobStatus = (typeof jobStatuses)[number];

/** Statuses that never change again. */
export const isEnded = (status: JobStatus): boolean => status !== 'queued' && status !== 'running';
