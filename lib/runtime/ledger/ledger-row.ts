import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { laneNames } from '../../pipeline/job/lane.ts';
import { modelNames, providerNames, serviceTiers } from '../../pipeline/model/model.ts';
import { entryKinds, keyOf, type LedgerEntry, UNKNOWN } from '../../pipeline/money/ledger.ts';
import { unpricedReasons } from '../../pipeline/money/price.ts';
import type { Item } from './batch-write.ts';

/** Most counts of most entries are 0: what is not there is none, and costs nothing to keep and to read. */
const count = z._default(z.int(), 0);

/** What is counted of calls, in a row of the ledger and in a cell of the totals. */
export const counts = {
  calls: count,
  estimatedCalls: count,
  inputTokens: count,
  cachedInputTokens: count,
  cacheWriteTokens: count,
  outputTokens: count,
  reasoningTokens: count,
  costMicroUsd: count,
};

/** An entry as a message of the repair queue has it; as a row of the table it has its key besides. */
export const ledgerEntry = z.object({
  callId: z.string(),
  kind: z.enum(entryKinds),
  atMs: z.number(),
  tenantId: z.string(),
  lane: z.enum([...laneNames, UNKNOWN]),
  model: z.enum([...modelNames, UNKNOWN]),
  provider: z.enum(providerNames),
  modelId: z.string(),
  tier: z.enum([...serviceTiers, 'unknown']),
  traceId: z.string(),
  basis: z.enum(['measured', 'estimated', 'provider']),
  unpriced: z.exactOptional(z.enum(unpricedReasons)),
  ...counts,
});

/** The entry as a row. `entry` has the call's id and the kind already. */
export const rowOf = (entry: LedgerEntry, expiresAt: number): Item => {
  const { callId: _callId, kind: _kind, ...rest } = entry;
  const told = Object.entries(rest).filter(([, value]) => value !== 0);
  return marshall({ ...keyOf(entry), ...Object.fromEntries(told), expiresAt });
};

const key = z.object({ entry: z.string() });

/** Throws for a row that is no entry: a total that silently leaves one out would be wrong for ever. */
export const entryOfRow = (row: Item): LedgerEntry => {
  const raw = unmarshall(row);
  const [callId, kind = 'call'] = key.parse(raw).entry.split('#');
  return ledgerEntry.parse({ ...raw, callId, kind });
};
