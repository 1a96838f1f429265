import * as z from 'zod/mini';
import { providerNames } from '../../pipeline/model/model.ts';
import { fetchAccount, tierOf, type UsageSource } from './usage-source.ts';

const record = z.object({
  callId: z.optional(z.string()),
  traceId: z.optional(z.string()),
  provider: z.enum(providerNames),
  model: z.string(),
  tier: z.string(),
  endedAtMs: z.number(),
  billed: z.boolean(),
  costMicroUsd: z.number(),
  inputTokens: z.number(),
  cachedInputTokens: z.number(),
  cacheWriteTokens: z.number(),
  outputTokens: z.number(),
  reasoningTokens: z.number(),
});

const account = z.object({ records: z.array(record) });

/** The account of the model server, which has every call that it bills. A call without an id is not one of ours. */
export const createCallRecords = (baseUrl: string): UsageSource => ({
  kind: 'calls',
  read: async ({ fromMs, untilMs }) => {
    const { records } = account.parse(await fetchAccount(new URL('/control/usage', baseUrl)));
    return records
      .filter(({ billed, endedAtMs }) => billed && fromMs <= endedAtMs && endedAtMs < untilMs)
      .flatMap(({ callId, traceId = '', model: modelId, tier, billed: _billed, ...call }) =>
        callId === undefined ? [] : [{ ...call, callId, traceId, modelId, tier: tierOf(tier) }],
      );
  },
});
