import * as z from 'zod';
import { type ProviderName, providerNames } from '../../pipeline/model/model.ts';
import { knownModel } from './known-models.ts';

const quotaRule = z
  .strictObject({
    provider: z.enum(providerNames),
    /** Without it all models of the provider share the quota. */
    model: knownModel.optional(),
    requestsPerMinute: z.number().positive().optional(),
    /** Of prompt and reply together. */
    tokensPerMinute: z.number().positive().optional(),
    /** How much may be saved up and then taken at once. */
    burstSeconds: z.number().positive().max(60).default(6),
  })
  .refine(
    (rule) => rule.requestsPerMinute !== undefined || rule.tokensPerMinute !== undefined,
    'requestsPerMinute or tokensPerMinute is needed',
  );

export const quotaRules = z
  .array(quotaRule)
  .refine(
    (rules) =>
      new Set(rules.map(({ provider, model }) => `${provider}/${model ?? ''}`)).size === rules.length,
    'two quotas of the same provider and model',
  );

type QuotaRule = z.infer<typeof quotaRule>;

type QuotaUse = { provider: ProviderName; model: string; tokens: number };

/** What a provider grants per minute. Every quota that names the model must have room. */
export type Quota = {
  replace(rules: readonly QuotaRule[]): void;
  list(): (QuotaRule & { throttled: number })[];
  /** Undefined when there is room, and then it is taken; otherwise the ms until there is. */
  admit(use: QuotaUse): number | undefined;
};

type Armed = { rule: QuotaRule; buckets: Bucket[]; throttled: number };

export const createQuota = (now: () => number): Quota => {
  let armed: Armed[] = [];
  return {
    replace(rules) {
      armed = rules.map((rule) => ({ rule, buckets: bucketsOf(rule, now()), throttled: 0 }));
    },
    list: () => armed.map(({ rule, throttled }) => ({ ...rule, throttled })),
    admit(use) {
      const atMs = now();
      const matching = armed.filter(({ rule }) => isMatch(rule, use));
      const exhausted = matching.filter((it) => waitMsOf(it, use, atMs) > 0);
      for (const quota of exhausted) quota.throttled += 1;
      if (exhausted.length > 0) return Math.max(...exhausted.map((it) => waitMsOf(it, use, atMs)));
      for (const bucket of matching.flatMap(({ buckets }) => buckets)) bucket.take(use, atMs);
      return undefined;
    },
  };
};

const isMatch = ({ provider, model }: QuotaRule, use: QuotaUse): boolean =>
  provider === use.provider && (model === undefined || model === use.model);

const waitMsOf = ({ buckets }: Armed, use: QuotaUse, atMs: number): number =>
  Math.max(...buckets.map((bucket) => bucket.waitMs(use, atMs)));

type Bucket = { waitMs(use: QuotaUse, atMs: number): number; take(use: QuotaUse, atMs: number): void };

const bucketsOf = (rule: QuotaRule, atMs: number): Bucket[] => {
  const limits = [
    { perMinute: rule.requestsPerMinute, costOf: () => 1 },
    { perMinute: rule.tokensPerMinute, costOf: ({ tokens }: QuotaUse) => tokens },
  ];
  return limits.flatMap(({ perMinute, costOf }) =>
    perMinute === undefined
      ? []
      : [createBucket({ perMinute, burstSeconds: rule.burstSeconds, costOf }, atMs)],
  );
};

type BucketSize = { perMinute: number; burstSeconds: number; costOf(use: QuotaUse): number };

/** What sums of fractions may be off by. */
const ROUNDING = 1e-9;

/** Starts full, and holds one request at least. What is larger than the bucket passes when it is full and leaves a debt. */
const createBucket = ({ perMinute, burstSeconds, costOf }: BucketSize, startMs: number): Bucket => {
  const perMs = perMinute / 60_000;
  const capacity = Math.max(1, perMs * burstSeconds * 1000);
  let level = capacity;
  let filledAtMs = startMs;
  const levelAt = (atMs: number) => Math.min(capacity, level + Math.max(0, atMs - filledAtMs) * perMs);
  return {
    waitMs(use, atMs) {
      const lack = Math.min(costOf(use), capacity) - levelAt(atMs);
      return lack <= ROUNDING ? 0 : Math.ceil(lack / perMs);
    },
    take(use, atMs) {
      level = levelAt(atMs) - costOf(use);
      filledAtMs = atMs;
    },
  };
};
