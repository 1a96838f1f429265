import type { Answer, Attempt, Job, Skip } from '../../pipeline/job/job.ts';
import type { OpenedMessage } from '../../pipeline/job/sealed-message.ts';
import type { LedgerEntry } from '../../pipeline/money/ledger.ts';

type Whole<Value> = { [Name in keyof Value]-?: Exclude<Value[Name], undefined> };

/** A job with everything that a job may have: a field that is added to one does not compile here until it is in it. */
const message: Whole<OpenedMessage> = {
  jobId: 'job',
  tenantId: 'tenant',
  creatorId: 'creator',
  subjectRefs: ['fan'],
  priority: 'critical',
  model: 'gpt-5',
  input: { instructions: 'Be kind.', messages: [{ role: 'user', content: 'Hello' }] },
  options: { timeoutMs: 1_000, reasoningEffort: 'low', maxOutputTokens: 16, defaultAnswer: false },
  deadlineAt: '2026-11-26T00:00:00Z',
  idempotencyKey: 'key',
  allowedProcessors: ['openai'],
  contentRating: 'minor-risk',
  mode: 'draft',
  disclosed: true,
  consentRef: 'consent',
  metadata: { '*': 'anything' },
  sealedMetadata: 'c2VhbGVk',
};

export const sampleJob: Job = {
  jobId: 'job',
  lane: 'critical',
  message,
  enqueuedAtMs: 0,
  deadlineAtMs: 60_000,
  trace: { traceId: 'trace', traceparent: 'parent', correlationId: 'correlation' },
};

const usage = {
  inputTokens: 1,
  cachedInputTokens: 1,
  cacheWriteTokens: 1,
  outputTokens: 1,
  reasoningTokens: 1,
};

export const sampleAttempt: Whole<Attempt> = {
  callId: 'call',
  model: 'gpt-5',
  provider: 'openai',
  modelId: 'gpt-5',
  startedAtMs: 0,
  durationMs: 1,
  limits: {
    firstEventMs: 1,
    betweenEventsMs: 1,
    totalMs: 1,
    basis: { kind: 'learned', samples: 1, p99Ms: { firstEvent: 1, betweenEvents: 1, total: 1 } },
  },
  firstEventMs: 1,
  outcome: 'transient',
  code: 'overloaded',
  retryAfterMs: 1,
  usage,
  servedTier: 'default',
  askedTier: 'priority',
  costMicroUsd: 1,
  unpriced: 'unknown-tier',
};

export const sampleSkip: Whole<Skip> = { rung: 'gpt-5', provider: 'openai', reason: 'no-time', atMs: 0 };

export const sampleAnswer: Whole<Answer & { source: 'model' }> = {
  source: 'model',
  text: 'Hello',
  aiGenerated: true,
  model: 'gpt-5',
  provider: 'openai',
  modelId: 'gpt-5',
  generatedAtMs: 0,
};

export const sampleEntry: Whole<LedgerEntry> = {
  callId: 'call',
  kind: 'call',
  atMs: 0,
  tenantId: 'tenant',
  lane: 'critical',
  model: 'gpt-5',
  provider: 'openai',
  modelId: 'gpt-5',
  tier: 'default',
  traceId: 'trace',
  basis: 'measured',
  unpriced: 'usage-unknown',
  calls: 1,
  estimatedCalls: 1,
  costMicroUsd: 1,
  ...usage,
};
