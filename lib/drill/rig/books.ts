import { setTimeout as sleep } from 'node:timers/promises';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { defaultCatalogue } from '../../pipeline/model/default-catalogue.ts';
import { providerNames } from '../../pipeline/model/model.ts';
import { hoursBetween, type LedgerEntry } from '../../pipeline/money/ledger.ts';
import { allTenantsDayOf } from '../../pipeline/money/totals.ts';
import { HOUR_MS, hourStartMs, utcHour } from '../../pipeline/utc.ts';
import { createCallRecords } from '../../runtime/ledger/call-records.ts';
import { foldHours } from '../../runtime/ledger/fold-hours.ts';
import { createLedgerTable } from '../../runtime/ledger/ledger-table.ts';
import { reconcileBooks } from '../../runtime/ledger/reconcile-books.ts';
import { createTotalsTable } from '../../runtime/ledger/totals-table.ts';
import type { Rig } from './rig.ts';

const billed = z.object({
  callId: z.string(),
  traceId: z.string(),
  inputTokens: z.number(),
  cachedInputTokens: z.number(),
  outputTokens: z.number(),
  reasoningTokens: z.number(),
  costMicroUsd: z.number(),
});

/** A call as the model server bills it. */
export type Billed = z.infer<typeof billed>;

const usageReply = z.object({
  records: z.array(z.looseObject({ billed: z.boolean() })),
  totals: z.object({ costMicroUsd: z.number() }),
});

/** The accounts of a rig: the ledger on one side, the model server's bill on the other. */
export type Books = {
  entries(): Promise<readonly LedgerEntry[]>;
  /** Every call that the model server bills, and what it bills in all. */
  bill(): Promise<{ calls: readonly Billed[]; costMicroUsd: number }>;
  /** Does what the function `reconcile-costs` does, with the hours of the run. */
  reconcile(): Promise<void>;
  /** Does what the function `total-costs` does; the cost of all tenants that it comes to. */
  total(): Promise<number>;
  /** Resolves when no entry waits to be repaired. */
  repaired(signal: AbortSignal): Promise<void>;
};

/** `fromMs`: when the run began. */
export const openBooks = (rig: Rig, fromMs: number): Books => {
  const { dynamodb: client, endpoints } = rig;
  const tables = {
    client,
    ledgerTable: 'relay-local-ledger',
    totalsTable: 'relay-local-totals',
    retentionSeconds: 86_400,
    now: Date.now,
  };
  const ledger = createLedgerTable(tables);
  const hours = () => hoursBetween(fromMs, Date.now() + HOUR_MS);
  const account = { providers: providerNames, source: createCallRecords(endpoints.models) };
  return {
    entries: async () => (await Promise.all(hours().map((hour) => ledger.read(hour)))).flat(),
    bill: () => readBill(endpoints.models),
    reconcile: async () => {
      const window = {
        fromMs: hourStartMs(utcHour(fromMs)),
        untilMs: hourStartMs(utcHour(Date.now())) + HOUR_MS,
      };
      await reconcileBooks({ ledger, catalogue: defaultCatalogue, nowMs: Date.now() }, account, window);
    },
    total: async () => {
      await foldHours({ ledger, totals: createTotalsTable(tables), now: tables.now });
      const days = new Set(hours().map((hour) => hour.slice(0, 'YYYY-MM-DD'.length)));
      const sums = await Promise.all([...days].map((day) => spentOn(rig, day)));
      return sums.reduce((all, sum) => all + sum, 0);
    },
    repaired: async (signal) => {
      while ((await rig.waitingIn('relay-local-ledger-repair')) > 0)
        await sleep(LOOK_EVERY_MS, undefined, { signal });
    },
  };
};

/** How often the repair queue is looked at, in ms. */
const LOOK_EVERY_MS = 250;

const readBill = async (modelsUrl: string) => {
  const { records, totals } = usageReply.parse(await (await fetch(`${modelsUrl}/control/usage`)).json());
  const calls = records.filter((record) => record.billed).map((record) => billed.parse(record));
  return { calls, costMicroUsd: totals.costMicroUsd };
};

const spent = z.object({ costMicroUsd: z.number() });

const spentOn = async ({ dynamodb }: Rig, day: string): Promise<number> => {
  const { Items = [] } = await dynamodb.send(
    new QueryCommand({
      TableName: 'relay-local-totals',
      KeyConditionExpression: 'tenantDay = :day',
      ExpressionAttributeValues: { ':day': { S: allTenantsDayOf(day) } },
      ConsistentRead: true,
    }),
  );
  return Items.reduce((sum, item) => sum + spent.parse(unmarshall(item)).costMicroUsd, 0);
};
