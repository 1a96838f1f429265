import { callIdOf } from '../dispatch/call-id.ts';
import type { AbandonedRun, PastCall } from '../job/claim.ts';
import type { ReceivedJob } from '../job/job.ts';
import type { LaneName } from '../job/lane.ts';
import { type Catalogue, liveOffers } from '../model/catalogue.ts';
import { estimateUsage, guessUsage } from '../model/estimate-tokens.ts';
import type { ModelName, ProviderName, ServiceTier, Usage } from '../model/model.ts';
import { HOUR_MS, hourStartMs, utcHour } from '../utc.ts';
import { costOf, type Unpriced } from './price.ts';

/** What is counted of calls. In a correction these are differences, and may be negative. */
export type Sums = Usage & {
  calls: number;
  /** Those of `calls` whose cost is our guess so far. */
  estimatedCalls: number;
  /** Millionths of a US dollar. */
  costMicroUsd: number;
};

/** How sure the cost is: the provider told us the tokens, we guess, or it stands on the provider's own account. */
export type Basis = 'measured' | 'estimated' | 'provider';

/**
 * What an entry stands for: a call; a run whose worker died, which may have called or not; a correction of one of these
 * by the provider's account.
 */
export const entryKinds = ['call', 'abandoned', 'call-settled', 'abandoned-settled'] as const;
export type EntryKind = (typeof entryKinds)[number];

/** Lane and model of a call that only its provider has told of. */
export const UNKNOWN = '?';

/** The tenant of such a call: a tenant's own id has a character at least. */
export const NO_TENANT = '';

/**
 * One line of the ledger, written once and never changed: what is found out later is a line of its own. Holds no
 * content, no creator, and no word of a producer but the tenant's id.
 */
export type LedgerEntry = Sums & {
  /** Of the call; for an abandoned run made from its claim. */
  callId: string;
  kind: EntryKind;
  /** When the call ended, or the lease of an abandoned run, in ms since 1970. */
  atMs: number;
  tenantId: string;
  lane: LaneName | typeof UNKNOWN;
  model: ModelName | typeof UNKNOWN;
  provider: ProviderName;
  modelId: string;
  tier: ServiceTier | 'unknown';
  traceId: string;
  basis: Basis;
  /** Why the price is not that of the catalogue: a gap to close. */
  unpriced?: Unpriced;
};

/** Who is to pay for a call. */
export type Owner = Pick<ReceivedJob, 'lane' | 'message' | 'trace'>;

/** Entries of an hour are spread over this many partitions: DynamoDB takes 1,000 writes a second of each. */
const SHARDS = 8;

/** Where an entry is found. The same call has the same key, whoever writes it and how often. */
export const keyOf = ({ callId, kind, atMs }: Pick<LedgerEntry, 'callId' | 'kind' | 'atMs'>) => ({
  period: periodOf(utcHour(atMs), Number.parseInt(callId.slice(-1), 16) % SHARDS),
  entry: kind === 'call' ? callId : `${callId}#${kind}`,
});

/** The partitions of an hour. */
export const periodsOf = (hour: string): readonly string[] =>
  Array.from({ length: SHARDS }, (_, shard) => periodOf(hour, shard));

const periodOf = (hour: string, shard: number): string => `${hour}#${shard}`;

/** The hours from one instant to another, both included. */
export const hoursBetween = (fromMs: number, untilMs: number): readonly string[] => {
  const first = hourStartMs(utcHour(fromMs));
  const count = Math.floor((untilMs - first) / HOUR_MS) + 1;
  return Array.from({ length: Math.max(count, 0) }, (_, index) => utcHour(first + index * HOUR_MS));
};

/** One entry per call. What is not known of a call is estimated and says so: no call that may be billed is free. */
export const entriesOf = (owner: Owner, calls: readonly PastCall[]): readonly LedgerEntry[] =>
  calls.map((call) => entryOf(owner, call));

const entryOf = (owner: Owner, call: PastCall): LedgerEntry => {
  const { callId, model, provider, modelId, servedTier, askedTier, costMicroUsd, unpriced } = call;
  const tier = servedTier ?? askedTier ?? 'default';
  return {
    ...dimensionsOf(owner),
    callId,
    kind: 'call',
    atMs: call.startedAtMs + call.durationMs,
    calls: 1,
    ...{ model, provider, modelId, tier, costMicroUsd },
    ...(unpriced === undefined
      ? { ...tokensOf(call.usage), estimatedCalls: 0, basis: 'measured' }
      : {
          ...tokensOf(call.usage ?? guessUsage(owner.message)),
          estimatedCalls: 1,
          basis: 'estimated',
          unpriced,
        }),
  };
};

const dimensionsOf = ({ lane, message, trace }: Owner) => ({
  tenantId: message.tenantId,
  lane,
  traceId: trace.traceId,
});

/**
 * The guess for a run whose worker died: one call of the model that it would have begun with. Nothing when none could
 * be called. It stands until the provider's account says what was called.
 */
export const abandonedEntry = (
  owner: Owner,
  { claimId, leaseUntilMs }: AbandonedRun,
  catalogue: Catalogue,
  providers: ReadonlySet<ProviderName>,
): LedgerEntry | undefined => {
  const { model, allowedProcessors } = owner.message;
  const mayUse = (provider: ProviderName) =>
    providers.has(provider) && (allowedProcessors?.includes(provider) ?? true);
  const [offer] = liveOffers(catalogue[model], leaseUntilMs, mayUse);
  if (offer === undefined) return undefined;
  const usage = estimateUsage(owner.message);
  return {
    ...dimensionsOf(owner),
    callId: callIdOf(claimId),
    kind: 'abandoned',
    atMs: leaseUntilMs,
    model,
    provider: offer.provider,
    modelId: offer.modelId,
    tier: 'default',
    calls: 1,
    estimatedCalls: 1,
    ...tokensOf(usage),
    costMicroUsd: costOf(offer.prices, usage, 'default', leaseUntilMs).microUsd,
    basis: 'estimated',
    unpriced: 'usage-unknown',
  };
};

/** Every kind of tokens that is counted; a new one does not compile until it is here. */
const noTokens: Readonly<Record<keyof Usage, 0>> = {
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

/** The counts of tokens of whatever has them, and nothing else of it. */
export const tokensOf = (counted: Usage | undefined): Usage => {
  const { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens } =
    counted ?? noTokens;
  return { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens };
};

export const noSums: Sums = { ...noTokens, calls: 0, estimatedCalls: 0, costMicroUsd: 0 };

/** Adds what is counted; `factor` -1 takes it off. */
export const addSums = (one: Sums, other: Sums, factor: 1 | -1 = 1): Sums => ({
  inputTokens: one.inputTokens + factor * other.inputTokens,
  cachedInputTokens: one.cachedInputTokens + factor * other.cachedInputTokens,
  cacheWriteTokens: one.cacheWriteTokens + factor * other.cacheWriteTokens,
  outputTokens: one.outputTokens + factor * other.outputTokens,
  reasoningTokens: one.reasoningTokens + factor * other.reasoningTokens,
  calls: one.calls + factor * other.calls,
  estimatedCalls: one.estimatedCalls + factor * other.estimatedCalls,
  costMicroUsd: one.costMicroUsd + factor * other.costMicroUsd,
});
