import * as z from 'zod/mini';
import type { Window } from '../../pipeline/money/reconcile.ts';
import type { UsageSum } from '../../pipeline/money/reconcile-sums.ts';
import {
  fetchAccount,
  HOURS_PER_PAGE,
  readPages,
  tierOf,
  type UsageSource,
  withoutSnapshot,
} from './usage-source.ts';

const result = z.object({
  input_tokens: z.number(),
  input_cached_tokens: z._default(z.number(), 0),
  input_cache_write_tokens: z._default(z.number(), 0),
  output_tokens: z.number(),
  model: z.nullish(z.string()),
  service_tier: z.nullish(z.string()),
});

const page = z.object({
  data: z.array(z.object({ results: z.array(result) })),
  has_more: z._default(z.boolean(), false),
  next_page: z.nullish(z.string()),
});

/**
 * OpenAI's usage API, in sums by hour, model and tier (https://platform.openai.com/docs/api-reference/usage/completions).
 * It takes an admin key, and has no calls and no reasoning tokens of their own.
 */
export const createOpenAiUsage = (baseUrl: string, key: string): UsageSource => ({
  kind: 'sums',
  provider: 'openai',
  read: (window) =>
    readPages(async (next) => {
      const headers = { authorization: `Bearer ${key}` };
      const read = page.parse(await fetchAccount(urlOf(baseUrl, window, next), headers));
      const sums = read.data.flatMap(({ results }) => results.map(sumOf));
      return { sums, next: read.has_more ? (read.next_page ?? undefined) : undefined };
    }),
});

const urlOf = (baseUrl: string, { fromMs, untilMs }: Window, next: string | undefined): URL => {
  const url = new URL(`${baseUrl}/organization/usage/completions`);
  const query: [string, string][] = [
    ['start_time', String(Math.floor(fromMs / 1000))],
    ['end_time', String(Math.ceil(untilMs / 1000))],
    ['bucket_width', '1h'],
    ['group_by', 'model'],
    ['group_by', 'service_tier'],
    ['limit', String(HOURS_PER_PAGE)],
    ...(next === undefined ? [] : [['page', next] satisfies [string, string]]),
  ];
  for (const [name, value] of query) url.searchParams.append(name, value);
  return url;
};

const sumOf = ({ model, service_tier: tier, ...counted }: z.infer<typeof result>): UsageSum => ({
  modelId: withoutSnapshot(model ?? ''),
  tier: tierOf(tier ?? 'default'),
  inputTokens: counted.input_tokens,
  cachedInputTokens: counted.input_cached_tokens,
  cacheWriteTokens: counted.input_cache_write_tokens,
  outputTokens: counted.output_tokens,
  reasoningTokens: 0,
});
