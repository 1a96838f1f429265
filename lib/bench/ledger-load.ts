import type { PastCall } from '../pipeline/job/claim.ts';
import type { Job } from '../pipeline/job/job.ts';
import { laneNames } from '../pipeline/job/lane.ts';
import { defaultCatalogue } from '../pipeline/model/default-catalogue.ts';
import type { ModelName } from '../pipeline/model/model.ts';
import { entriesOf, type LedgerEntry } from '../pipeline/money/ledger.ts';
import { DAY_MS, HOUR_MS } from '../pipeline/utc.ts';
import { type Random, seededRandom } from '../seeded-random.ts';

/** A job that is over, with what it enters in the ledger; jobs of a batch have the same time. */
export type BookedJob = { atMs: number; entries: readonly LedgerEntry[] };

const TENANTS = 5;
const models: readonly ModelName[] = ['gpt-5', 'gpt-5-mini', 'gpt-5-nano'];

/** Of all jobs: those whose first model fails, so that a second call is made. */
const FALLBACK_SHARE = 0.05;

const FIRST_DAY_MS = Date.parse('2026-11-26T04:00:00Z');

/** Jobs of five tenants, four lanes and three models, in batches that are spread over one hour of a day of their own. */
export const bookedJobs = (count: number, batch: number, day: number): BookedJob[] => {
  const random = seededRandom(1);
  const startMs = FIRST_DAY_MS + day * DAY_MS;
  const stepMs = Math.floor(HOUR_MS / Math.ceil(count / batch));
  return Array.from({ length: count }, (_, index) => {
    const atMs = startMs + Math.floor(index / batch) * stepMs;
    const isRescued = random.next() < FALLBACK_SHARE;
    const model = models[index % models.length] ?? 'gpt-5';
    const calls = (isRescued ? [model, 'claude' as const] : [model]).map((name) =>
      callOf(name, atMs, random),
    );
    return { atMs, entries: entriesOf(ownerOf(index, random), calls) };
  });
};

const ownerOf = (index: number, random: Random): Pick<Job, 'lane' | 'message' | 'trace'> => ({
  lane: laneNames[index % laneNames.length] ?? 'low',
  trace: { traceId: random.hex(32), traceparent: '', correlationId: '' },
  message: {
    tenantId: `tenant-${index % TENANTS}`,
    creatorId: 'creator',
    subjectRefs: [],
    priority: 'low',
    model: 'gpt-5',
    input: { messages: [] },
    mode: 'draft',
  },
});

const callOf = (model: ModelName, atMs: number, random: Random): PastCall => {
  const offer = defaultCatalogue[model].offers.find(({ provider }) => provider !== 'azure-openai');
  return {
    callId: random.hex(16),
    model,
    provider: offer?.provider ?? 'openai',
    modelId: offer?.modelId ?? model,
    startedAtMs: atMs,
    durationMs: 0,
    usage: {
      inputTokens: random.between(300, 2_000),
      cachedInputTokens: random.between(0, 200),
      cacheWriteTokens: 0,
      outputTokens: random.between(50, 400),
      reasoningTokens: random.between(0, 60),
    },
    servedTier: 'default',
    costMicroUsd: random.between(20, 5_000),
  };
};
