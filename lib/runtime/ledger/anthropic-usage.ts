import * as z from 'zod/mini';
import type { Window } from '../../pipeline/money/reconcile.ts';
import type { UsageSum } from '../../pipeline/money/reconcile-sums.ts';
import { HOUR_MS } from '../../pipeline/utc.ts';
import {
  fetchAccount,
  HOURS_PER_PAGE,
  readPages,
  tierOf,
  type UsageSource,
  withoutSnapshot,
} from './usage-source.ts';

const result = z.object({
  uncached_input_tokens: z.number(),
  cache_read_input_tokens: z.number(),
  cache_creation: z.object({ ephemeral_5m_input_tokens: z.number(), ephemeral_1h_input_tokens: z.number() }),
  output_tokens: z.number(),
  model: z.nullish(z.string()),
  service_tier: z.nullish(z.string()),
});

const page = z.object({
  data: z.array(z.object({ starting_at: z.string(), results: z.array(result) })),
  has_more: z.boolean(),
  next_page: z.nullish(z.string()),
});

/**
 * Anthropic's usage report, in sums by hour, model and tier
 * (https://platform.claude.com/docs/en/api/admin-api/usage-cost/get-messages-usage-report). It takes an admin key of the
 * organization, which accounts of single persons do not have.
 */
export const createAnthropicUsage = (baseUrl: string, key: string): UsageSource => ({
  kind: 'sums',
  provider: 'anthropic',
  read: (window) =>
    readPages(async (next) => {
      const headers = { 'x-api-key': key, 'anthropic-version': '2023-06-01' };
      const read = page.parse(await fetchAccount(urlOf(baseUrl, window, next), headers));
      const own = read.data.filter((bucket) => isIn(window, Date.parse(bucket.starting_at)));
      const sums = own.flatMap(({ results }) => results.map(sumOf));
      return { sums, next: read.has_more ? (read.next_page ?? undefined) : undefined };
    }),
});

const isIn = ({ fromMs, untilMs }: Window, atMs: number): boolean => fromMs <= atMs && atMs < untilMs;

/** An hour more than is wanted: buckets are said to end before `ending_at`, whether or not at it. */
const urlOf = (baseUrl: string, { fromMs, untilMs }: Window, next: string | undefined): URL => {
  const url = new URL(`${baseUrl}/v1/organizations/usage_report/messages`);
  const query: [string, string][] = [
    ['starting_at', new Date(fromMs).toISOString()],
    ['ending_at', new Date(untilMs + HOUR_MS).toISOString()],
    ['bucket_width', '1h'],
    ['group_by[]', 'model'],
    ['group_by[]', 'service_tier'],
    ['limit', String(HOURS_PER_PAGE)],
    ...(next === undefined ? [] : [['page', next] satisfies [string, string]]),
  ];
  for (const [name, value] of query) url.searchParams.append(name, value);
  return url;
};

const sumOf = ({ model, service_tier: tier, ...counted }: z.infer<typeof result>): UsageSum => {
  const { ephemeral_5m_input_tokens, ephemeral_1h_input_tokens } = counted.cache_creation;
  const cacheWriteTokens = ephemeral_5m_input_tokens + ephemeral_1h_input_tokens;
  const cachedInputTokens = counted.cache_read_input_tokens;
  return {
    modelId: withoutSnapshot(model ?? ''),
    tier: tierOf(tier ?? 'standard'),
    inputTokens: counted.uncached_input_tokens + cachedInputTokens + cacheWriteTokens,
    cachedInputTokens,
    cacheWriteTokens,
    outputTokens: counted.output_tokens,
    reasoningTokens: 0,
  };
};
