import * as z from 'zod';
import type { ProviderName } from '../../pipeline/model/model.ts';
import { HOUR_MS } from '../../pipeline/utc.ts';
import type { CallRecord } from './usage.ts';

// The usage APIs of OpenAI and Anthropic as far as Relay uses them: sums by hour, grouped by model and service tier
// (https://platform.openai.com/docs/api-reference/usage/completions,
// https://platform.claude.com/docs/en/api/admin-api/usage-cost/get-messages-usage-report).

/** Buckets of a page: the default and the most, for buckets of an hour. */
const DEFAULT_LIMIT = 24;
const MAX_LIMIT = 168;

const paging = {
  bucket_width: z.literal('1h', 'only buckets of an hour are emulated'),
  group_by: z
    .array(z.enum(['model', 'service_tier']))
    .length(2, 'only usage by model and service_tier is emulated'),
  limit: z.coerce.number().int().positive().max(MAX_LIMIT).default(DEFAULT_LIMIT),
  /** Of this server: when the page begins, in ms since 1970. */
  page: z.coerce.number().int().nonnegative().optional(),
};

const seconds = z.coerce.number().int().nonnegative();
const instant = z.iso.datetime().transform((text) => Date.parse(text));

const openAiQuery = z.object({ start_time: seconds, end_time: seconds.optional(), ...paging });
const anthropicQuery = z.object({ starting_at: instant, ending_at: instant.optional(), ...paging });

const withGroups = (query: URLSearchParams, name: string) => ({
  ...Object.fromEntries(query),
  group_by: query.getAll(name),
});

export const readOpenAiQuery = (query: URLSearchParams) =>
  openAiQuery.safeParse(withGroups(query, 'group_by'));

export const readAnthropicQuery = (query: URLSearchParams) =>
  anthropicQuery.safeParse(withGroups(query, 'group_by[]'));

type Bucket = { fromMs: number; records: readonly CallRecord[] };
type Asked = { fromMs: number; untilMs: number; limit: number; page?: number | undefined };

/** One page of OpenAI's buckets, those without calls included. */
export const openAiPage = (
  records: readonly CallRecord[],
  query: z.infer<typeof openAiQuery>,
  nowMs: number,
): object => {
  const { start_time, end_time, limit, page } = query;
  const untilMs = end_time === undefined ? nowMs : end_time * 1_000;
  const { buckets, next } = bucketsOf(records, 'openai', {
    fromMs: start_time * 1_000,
    untilMs,
    limit,
    page,
  });
  return {
    object: 'page',
    data: buckets.map((bucket) => ({
      object: 'bucket',
      start_time: bucket.fromMs / 1_000,
      end_time: (bucket.fromMs + HOUR_MS) / 1_000,
      results: cellsOf(bucket).map(openAiResult),
    })),
    has_more: next !== undefined,
    next_page: next ?? null,
  };
};

/** One page of Anthropic's buckets, those without calls included. */
export const anthropicPage = (
  records: readonly CallRecord[],
  query: z.infer<typeof anthropicQuery>,
  nowMs: number,
): object => {
  const { starting_at, ending_at, limit, page } = query;
  const asked = { fromMs: starting_at, untilMs: ending_at ?? nowMs, limit, page };
  const { buckets, next } = bucketsOf(records, 'anthropic', asked);
  return {
    data: buckets.map((bucket) => ({
      starting_at: new Date(bucket.fromMs).toISOString(),
      ending_at: new Date(bucket.fromMs + HOUR_MS).toISOString(),
      results: cellsOf(bucket).map(anthropicResult),
    })),
    has_more: next !== undefined,
    next_page: next ?? null,
  };
};

const bucketsOf = (records: readonly CallRecord[], provider: ProviderName, asked: Asked) => {
  const { fromMs, untilMs, limit, page } = asked;
  const firstMs = hourOf(page ?? fromMs);
  const starts = Array.from(
    { length: Math.max(Math.ceil((untilMs - firstMs) / HOUR_MS), 0) },
    (_, index) => firstMs + index * HOUR_MS,
  );
  const billed = records.filter(
    (it) => it.provider === provider && it.billed && fromMs <= it.endedAtMs && it.endedAtMs < untilMs,
  );
  const byHour = Map.groupBy(billed, ({ endedAtMs }) => hourOf(endedAtMs));
  const next = starts[limit];
  return {
    buckets: starts
      .slice(0, limit)
      .map((start): Bucket => ({ fromMs: start, records: byHour.get(start) ?? [] })),
    next: next === undefined ? undefined : String(next),
  };
};

const hourOf = (ms: number): number => ms - (ms % HOUR_MS);

const cellsOf = ({ records }: Bucket): (readonly CallRecord[])[] => [
  ...Map.groupBy(records, ({ model, tier }) => `${model} ${tier}`).values(),
];

const summer = (records: readonly CallRecord[]) => (count: (record: CallRecord) => number) =>
  records.reduce((all, it) => all + count(it), 0);

const openAiResult = (records: readonly CallRecord[]) => {
  const sum = summer(records);
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

const anthropicResult = (records: readonly CallRecord[]) => {
  const sum = summer(records);
  return {
    uncached_input_tokens: sum((it) => it.inputTokens - it.cachedInputTokens - it.cacheWriteTokens),
    cache_read_input_tokens: sum(({ cachedInputTokens }) => cachedInputTokens),
    cache_creation: {
      ephemeral_1h_input_tokens: 0,
      ephemeral_5m_input_tokens: sum(({ cacheWriteTokens }) => cacheWriteTokens),
    },
    output_tokens: sum(({ outputTokens }) => outputTokens),
    server_tool_use: { web_search_requests: 0 },
    api_key_id: null,
    workspace_id: null,
    model: records[0]?.model ?? null,
    service_tier: records[0]?.tier ?? null,
    context_window: null,
  };
};
