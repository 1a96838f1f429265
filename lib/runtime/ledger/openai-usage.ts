import * as z from 'zod/mini';
import type { Window } from '../../pipeline/money/reconcile.ts';
import type { UsageSum } from '../../pipeline/money/reconcile-sums.ts';
import { fetchAccount, tierOf, type UsageSource } from './usage-source.ts';

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

/** Most hours that a page may have (OpenAI, "Usage: completions"). */
const HOURS_PER_PAGE = 168;

/**
 * OpenAI's usage API, in sums by hour, model and tier (https://platform.openai.com/docs/api-reference/usage/completions).
 * It takes an admin key, and has no calls and no reasoning tokens of their own.
 */
export const createOpenAiUsage = (baseUrl: string, key: string): UsageSource => ({
  kind: 'sums',
  provider: 'openai',
  read: async (window) => {
    const sums: UsageSum[] = [];
    let next: string | undefined;
    do {
      const read = page.parse(await fetchAccount(urlOf(baseUrl, window, next), key));
      sums.push(...read.data.flatMap(({ results }) => results.map(sumOf)));
      next = read.has_more ? (read.next_page ?? undefined) : undefined;
    } while (next !== undefined);
    return sums;
  },
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

/** The account names the snapshot of a model where the call named the model. */
const SNAPSHOT = /-\d{4}-\d{2}-\d{2}$/;

const sumOf = ({ model, service_tier: tier, ...counted }: z.infer<typeof result>): UsageSum => ({
  modelId: (model ?? '').replace(SNAPSHOT, ''),
  tier: tierOf(tier ?? 'default'),
  inputTokens: counted.input_tokens,
  cachedInputTokens: counted.input_cached_tokens,
  cacheWriteTokens: counted.input_cache_write_tokens,
  outputTokens: counted.output_tokens,
  reasoningTokens: 0,
});
