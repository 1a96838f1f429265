import fc from 'fast-check';
import type { PastCall } from '../../../lib/pipeline/job/claim.ts';
import type { Job } from '../../../lib/pipeline/job/job.ts';
import { laneNames } from '../../../lib/pipeline/job/lane.ts';
import { defaultCatalogue } from '../../../lib/pipeline/model/default-catalogue.ts';
import { modelNames } from '../../../lib/pipeline/model/model.ts';
import { entriesOf, keyOf, type LedgerEntry } from '../../../lib/pipeline/money/ledger.ts';
import { costOf } from '../../../lib/pipeline/money/price.ts';
import { aJob } from '../../builders.ts';

export const START_MS = Date.parse('2026-11-26T04:00:00Z');

export const usage = {
  inputTokens: 1_000,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 200,
  reasoningTokens: 64,
};

/** A call of gpt-5-nano at OpenAI that ended a second past four: (1000 x 0.05 + 200 x 0.40) micro-dollars. */
export const aCall = (changes: Partial<PastCall> = {}): PastCall => ({
  callId: '00f067aa0ba902b7',
  model: 'gpt-5-nano',
  provider: 'openai',
  modelId: 'gpt-5-nano',
  startedAtMs: START_MS,
  durationMs: 1_000,
  usage,
  servedTier: 'default',
  costMicroUsd: 130,
  ...changes,
});

export const entryOf = (call: Partial<PastCall> = {}, job: Job = aJob()): LedgerEntry => {
  const [entry] = entriesOf(job, [aCall(call)]);
  if (entry === undefined) throw new Error('a call has made no entry');
  return entry;
};

const callId = fc
  .array(fc.integer({ min: 0, max: 15 }), { minLength: 16, maxLength: 16 })
  .map((digits) => digits.map((digit) => digit.toString(16)).join(''));

const tokens = fc.integer({ min: 0, max: 100_000 });

/** Calls of any model and kind, within three hours. */
const anyCall: fc.Arbitrary<PastCall> = fc
  .record({
    callId,
    model: fc.constantFrom(...modelNames),
    atMs: fc.integer({ min: START_MS, max: START_MS + 3 * 3_600_000 - 1 }),
    durationMs: fc.integer({ min: 0, max: 60_000 }),
    usage: fc.option(fc.record({ inputTokens: tokens, outputTokens: tokens })),
  })
  .map(({ model, atMs, durationMs, usage: counted, ...rest }) => {
    const [offer] = defaultCatalogue[model].offers;
    if (offer === undefined) throw new Error('a model has no offer');
    const { provider, modelId, prices } = offer;
    const call = { ...rest, model, provider, modelId, startedAtMs: atMs - durationMs, durationMs };
    if (counted === null) return { ...call, costMicroUsd: 205, unpriced: 'usage-unknown' as const };
    const all = { ...counted, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
    const cost = costOf(prices, all, 'default', atMs);
    if (cost.kind !== 'known') throw new Error('a call has no price');
    return { ...call, usage: all, servedTier: 'default' as const, costMicroUsd: cost.microUsd };
  });

/** The calls of a job of any tenant and lane, as entries. */
const ofAnyJob = fc
  .record({
    tenantId: fc.constantFrom('tenant-a', 'tenant-b', '*'),
    lane: fc.constantFrom(...laneNames),
    traceId: fc.constantFrom('a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32)),
    calls: fc.array(anyCall, { maxLength: 4 }),
  })
  .map(({ tenantId, lane, traceId, calls }) => {
    const job = aJob({ lane, message: { tenantId } });
    return entriesOf({ ...job, trace: { ...job.trace, traceId } }, calls);
  });

/** Entries of many jobs, no two of one call. */
export const anyEntries: fc.Arbitrary<readonly LedgerEntry[]> = fc
  .array(ofAnyJob, { maxLength: 12 })
  .map((jobs) => [...byKey(jobs.flat()).values()]);

/** What a table holds after these writes, in this order. */
export const byKey = (entries: readonly LedgerEntry[]): Map<string, LedgerEntry> =>
  new Map(entries.map((entry) => [JSON.stringify(keyOf(entry)), entry]));
