import * as z from 'zod/mini';
import { providerNames } from '../../pipeline/model/model.ts';
import { fetchAccount, tierOf, type UsageSource } from './usage-source.ts';

/** More than any call may count or cost; also of sums a number that is still exact. */
const count = z.int().check(z.gte(0), z.lte(1_000_000_000));

const record = z.object({
  callId: z.string().check(z.regex(/^[0-9a-f]{16}$/)),
  traceId: z.optional(z.string()),
  provider: z.enum(providerNames),
  model: z.string(),
  tier: z.string(),
  endedAtMs: z.number(),
  billed: z.boolean(),
  costMicroUsd: count,
  inputTokens: count,
  cachedInputTokens: count,
  cacheWriteTokens: count,
  outputTokens: count,
  reasoningTokens: count,
});

const account = z.object({ records: z.array(z.unknown()) });

/**
 * The account of the model server, which has every call that it bills. What has no id of ours, or counts that cannot be,
 * is left out: an entry that no fold can read would stop all totals.
 */
export const createCallRecords = (baseUrl: string): UsageSource => ({
  kind: 'calls',
  read: async ({ fromMs, untilMs }) => {
    const { records } = account.parse(await fetchAccount(new URL('/control/usage', baseUrl)));
    return records
      .flatMap((raw) => record.safeParse(raw).data ?? [])
      .filter(({ billed, endedAtMs }) => billed && fromMs <= endedAtMs && endedAtMs < untilMs)
      .map(({ traceId = '', model: modelId, tier, billed: _billed, ...call }) => ({
        ...call,
        traceId,
        modelId,
        tier: tierOf(tier),
      }));
  },
});
