import * as z from 'zod';
import type { CallRecord } from './usage.ts';

// OpenAI's usage API as far as Relay uses it: sums by hour, grouped by model and service tier
// (https://platform.openai.com/docs/api-reference/usage/completions).

const HOUR_SECONDS = 3_600;

/** Buckets of a page: the default and the most, for buckets of an hour. */
const DEFAULT_LIMIT = 24;
const MAX_LIMIT = 168;

const instant = z.coerce.number().int().nonnegative();

const usageQuery = z.object({
  start_time: instant,
  end_time: instant.optional(),
  bucket_width: z.literal('1h', 'only buckets of an hour are emulated'),
  group_by: z
    .array(z.enum(['model', 'service_tier']))
    .length(2, 'only usage by model and service_tier is emulated'),
  limit: z.coerce.number().int().positive().max(MAX_LIMIT).default(DEFAULT_LIMIT),
  /** Of this server: when the page begins. */
  page: instant.optional(),
});

export type UsageQuery = z.infer<typeof usageQuery>;

export const readUsageQuery = (query: URLSearchParams) =>
  usageQuery.safeParse({ ...Object.fromEntries(query), group_by: query.getAll('group_by') });

/** One page of buckets, those without calls included. */
export const usagePage = (records: readonly CallRecord[], query: UsageQuery, nowMs: number): object => {
  const endSeconds = query.end_time ?? Math.ceil(nowMs / 1000);
  const firstSeconds = hourOf(query.page ?? query.start_time);
  const starts = Array.from(
    { length: Math.max(Math.ceil((endSeconds - firstSeconds) / HOUR_SECONDS), 0) },
    (_, index) => firstSeconds + index * HOUR_SECONDS,
  );
  const billed = records.filter(({ provider, billed: isBilled, endedAtMs }) => {
    const atSeconds = endedAtMs / 1000;
    return provider === 'openai' && isBilled && query.start_time <= atSeconds && atSeconds < endSeconds;
  });
  const byHour = Map.groupBy(billed, ({ endedAtMs }) => hourOf(Math.floor(endedAtMs / 1000)));
  const next = starts[query.limit];
  return {
    object: 'page',
    data: starts.slice(0, query.limit).map((start) => bucketOf(start, byHour.get(start) ?? [])),
    has_more: next !== undefined,
    next_page: next === undefined ? null : String(next),
  };
};

const hourOf = (seconds: number): number => seconds - (seconds % HOUR_SECONDS);

const bucketOf = (start: number, records: readonly CallRecord[]) => ({
  object: 'bucket',
  start_time: start,
  end_time: start + HOUR_SECONDS,
  results: [...Map.groupBy(records, ({ model, tier }) => `${model} ${tier}`).values()].map(resultOf),
});

const resultOf = (records: readonly CallRecord[]) => {
  const sum = (count: (record: CallRecord) => number) => records.reduce((all, it) => all + count(it), 0);
  return {
    object: 'organization.usage.completions.result',
    input_tokens: sum(({ inputTokens }) => inputTokens),
    input_cached_tokens: sum(({ cachedInputTokens }) => cachedInputTokens),
    output_tokens: sum(({ outputTokens }) => outputTokens),
    num_model_requests: records.length,
    project_id: null,
    user_id: null,
    api_key_id: null,
    model: records[0]?.model ?? null,
    batch: null,
    service_tier: records[0]?.tier ?? null,
  };
};
