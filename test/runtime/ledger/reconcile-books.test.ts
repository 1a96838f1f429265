import { type ModelServer, startModelServer } from '../../../lib/local/model-server/model-server.ts';
import { defaultCatalogue } from '../../../lib/pipeline/model/default-catalogue.ts';
import type { LedgerEntry } from '../../../lib/pipeline/money/ledger.ts';
import { DRIFT_MICRO_USD } from '../../../lib/pipeline/money/reconcile.ts';
import { foldEntries } from '../../../lib/pipeline/money/totals.ts';
import { utcHour } from '../../../lib/pipeline/utc.ts';
import { createAnthropicUsage } from '../../../lib/runtime/ledger/anthropic-usage.ts';
import { createCallRecords } from '../../../lib/runtime/ledger/call-records.ts';
import { createLedgerTable, type LedgerTable } from '../../../lib/runtime/ledger/ledger-table.ts';
import { createOpenAiUsage } from '../../../lib/runtime/ledger/openai-usage.ts';
import { reconcileAccounts } from '../../../lib/runtime/ledger/reconcile-accounts.ts';
import { reconcileBooks } from '../../../lib/runtime/ledger/reconcile-books.ts';
import { windowOf } from '../../../lib/runtime/ledger/reconcile-costs-worker.ts';
import { createAnthropic } from '../../../lib/runtime/providers/anthropic-messages.ts';
import { createOpenAi } from '../../../lib/runtime/providers/openai-responses.ts';
import { aCall, entryOf, START_MS } from '../../pipeline/money/entries.ts';
import { type LocalTables, startLocalTables } from '../local-tables.ts';

let tables: LocalTables;
let server: ModelServer;
let ledger: LedgerTable;
const clock = { nowMs: START_MS };

beforeAll(async () => {
  tables = await startLocalTables();
  const now = () => clock.nowMs;
  server = await startModelServer({ host: '127.0.0.1', port: 0, seed: 1, profile: 'instant', now });
  ledger = createLedgerTable({
    client: tables.client,
    ledgerTable: tables.ledger,
    totalsTable: tables.totals,
    retentionSeconds: 34_560_000,
    now,
  });
});

afterAll(() => Promise.all([tables.stop(), server.stop()]));

const traceId = '0af7651916cd43dd8448eb211c80319c';

/** Has the model server answer one call of Claude. */
const callClaude = async (callId: string, atMs: number): Promise<LedgerEntry> => {
  clock.nowMs = atMs;
  const { complete } = createAnthropic({ baseUrl: server.url, key: 'test' });
  const modelId = 'claude-haiku-5-5';
  const reply = await complete(
    {
      modelId,
      turns: [{ role: 'user', content: `Message ${callId}, when is the next live?` }],
      tier: 'default',
      cacheGroup: 'group-1',
      traceparent: `00-${traceId}-${callId}-01`,
    },
    { signal: new AbortController().signal, heard: () => undefined },
  );
  if (reply.kind !== 'answer' || reply.usage === undefined) throw new Error('Claude has not answered');
  const place = {
    callId,
    model: 'claude',
    provider: 'anthropic',
    modelId,
    startedAtMs: atMs - 1_000,
  } as const;
  return entryOf({ ...aCall(), ...place, usage: reply.usage });
};

/** Has the model server answer one call, and gives what a worker would enter for it. */
const call = async (callId: string, atMs: number): Promise<LedgerEntry> => {
  clock.nowMs = atMs;
  const provider = createOpenAi({ baseUrl: `${server.url}/v1`, key: 'test' });
  const reply = await provider.complete(
    {
      modelId: 'gpt-5',
      turns: [{ role: 'user', content: `Message ${callId}, when is the next live?` }],
      tier: 'default',
      cacheGroup: 'group-1',
      traceparent: `00-${traceId}-${callId}-01`,
    },
    { signal: new AbortController().signal, heard: () => undefined },
  );
  if (reply.kind !== 'answer') throw new Error(reply.failure.code);
  const { usage } = reply;
  if (usage === undefined) throw new Error('the reply has no usage');
  const place = { callId, model: 'gpt-5', modelId: 'gpt-5', startedAtMs: atMs - 1_000 } as const;
  const costMicroUsd = Math.round(usage.inputTokens * 1.25 + usage.outputTokens * 10);
  return entryOf({ ...aCall(), ...place, usage, costMicroUsd });
};

const window = { fromMs: START_MS, untilMs: START_MS + 3 * 3_600_000 };
const books = () => ({ ledger, catalogue: defaultCatalogue, nowMs: window.untilMs + 24 * 3_600_000 });

describe('the ledger held against the model server', () => {
  it('has its guesses put right, gets what it lacked, and is then the same to the micro-dollar', async () => {
    const known = await call('0000000000000001', START_MS + 60_000);
    const guessed = await call('0000000000000002', START_MS + 61_000);
    const unheard = await call('0000000000000003', START_MS + 3_700_000);
    const cut = { model: 'gpt-5', modelId: 'gpt-5', unpriced: 'usage-unknown', costMicroUsd: 0 } as const;
    const guess = entryOf({ ...aCall(), ...cut, callId: guessed.callId });
    const account = { providers: ['openai'] as const, source: createCallRecords(server.url) };
    await ledger.write([known, { ...guess, atMs: guessed.atMs }], 5_000);
    expect(await reconcileBooks(books(), account, window)).toMatchObject({
      calls: 3,
      added: 1,
      settledEstimates: 1,
    });
    const hours = [utcHour(START_MS), utcHour(START_MS + 3_600_000)];
    const entries = (await Promise.all(hours.map((hour) => ledger.read(hour)))).flat();
    const { all } = foldEntries(entries).all;
    expect(all).toMatchObject({
      calls: 3,
      estimatedCalls: 0,
      costMicroUsd: known.costMicroUsd + guessed.costMicroUsd + unheard.costMicroUsd,
      outputTokens: known.outputTokens + guessed.outputTokens + unheard.outputTokens,
    });
    expect(await reconcileBooks(books(), account, window)).toMatchObject({ added: 0, settledEstimates: 0 });
    expect((await Promise.all(hours.map((hour) => ledger.read(hour)))).flat()).toHaveLength(entries.length);
  });

  it("agrees with OpenAI's usage API in sums, and sees what is missing there", async () => {
    const account = {
      providers: ['openai'] as const,
      source: createOpenAiUsage(`${server.url}/v1`, 'admin'),
    };
    expect((await reconcileBooks(books(), account, window)).driftMicroUsd).toBe(0);
    const lacking = await call('0000000000000004', START_MS + 7_300_000);
    expect((await reconcileBooks(books(), account, window)).driftMicroUsd).toBe(lacking.costMicroUsd);
  });

  it("agrees with Anthropic's usage report in sums, and sees what is missing there", async () => {
    const account = {
      providers: ['anthropic'] as const,
      source: createAnthropicUsage(server.url, 'admin'),
    };
    const known = await callClaude('000000000000000a', START_MS + 120_000);
    await ledger.write([known], 5_000);
    expect(await reconcileBooks(books(), account, window)).toMatchObject({ driftMicroUsd: 0, models: 1 });
    await callClaude('000000000000000b', START_MS + 3_720_000);
    expect((await reconcileBooks(books(), account, window)).driftMicroUsd).toBeGreaterThan(0);
    const empty = { fromMs: window.untilMs, untilMs: window.untilMs + 3_600_000 };
    expect(await reconcileBooks(books(), account, empty)).toMatchObject({ driftMicroUsd: 0, models: 0 });
    const keyless = { ...account, source: createAnthropicUsage(server.url, '') };
    await expect(reconcileBooks(books(), keyless, window)).rejects.toThrow('status 401');
  });

  it("reads Anthropic's account page by page", async () => {
    const source = createAnthropicUsage(server.url, 'admin');
    const sums = await source.read({ fromMs: START_MS - 400 * 3_600_000, untilMs: window.untilMs });
    expect(sums.map((sum) => ('tier' in sum ? `${sum.modelId} ${sum.tier}` : ''))).toEqual([
      'claude-haiku-5-5 default',
      'claude-haiku-5-5 default',
    ]); // in each of two hours
  });

  it('reads the account page by page', async () => {
    const source = createOpenAiUsage(`${server.url}/v1`, 'admin');
    const sums = await source.read({ fromMs: START_MS - 400 * 3_600_000, untilMs: window.untilMs });
    expect(sums.map((sum) => ('tier' in sum ? `${sum.modelId} ${sum.tier}` : ''))).toEqual([
      'gpt-5 default',
      'gpt-5 default',
      'gpt-5 default',
    ]); // in each of three hours
  });

  it('says that an account could not be read', async () => {
    const account = { providers: ['openai'] as const, source: createOpenAiUsage(`${server.url}/v1`, '') };
    await expect(reconcileBooks(books(), account, window)).rejects.toThrow('status 401');
  });
});

describe('what no account was held against', () => {
  const later = { fromMs: window.untilMs, untilMs: window.untilMs + 3_600_000 };
  const azure = entryOf({
    ...aCall(),
    callId: 'a000000000000000',
    provider: 'azure-openai',
    startedAtMs: later.fromMs,
  });

  it('is told beside the drift, and without any account there is no drift to tell of', async () => {
    await ledger.write([azure], 5_000);
    const openAi = { providers: ['openai'] as const, source: createOpenAiUsage(`${server.url}/v1`, 'admin') };
    expect(await reconcileAccounts(books(), [openAi], later)).toMatchObject({
      driftMicroUsd: 0,
      open: { providers: 'azure-openai anthropic', costMicroUsd: azure.costMicroUsd },
      errors: [],
    });
    expect(await reconcileAccounts(books(), [], later)).toMatchObject({ driftMicroUsd: undefined });
  });

  it('has an account that cannot be read among it, and the others are held against the ledger all the same', async () => {
    const keyless = {
      providers: ['azure-openai'] as const,
      source: createOpenAiUsage(`${server.url}/v1`, ''),
    };
    const claude = { providers: ['anthropic'] as const, source: createAnthropicUsage(server.url, 'admin') };
    const reconciled = await reconcileAccounts(books(), [keyless, claude], later);
    expect(reconciled.accounts).toMatchObject([{ providers: 'anthropic', found: { driftMicroUsd: 0 } }]);
    expect(reconciled.open).toEqual({ providers: 'azure-openai openai', costMicroUsd: azure.costMicroUsd });
    expect(reconciled.errors).toHaveLength(1);
  });

  it('lets no one believe that there is no drift, and hides none that the others have', async () => {
    const keyless = {
      providers: ['azure-openai'] as const,
      source: createOpenAiUsage(`${server.url}/v1`, ''),
    };
    const strange = (inputTokens: number) => ({ ...azure, provider: 'anthropic' as const, inputTokens });
    const claude = { providers: ['anthropic'] as const, source: createAnthropicUsage(server.url, 'admin') };
    const driftOf = async (inputTokens: number) => {
      const drifting = { ...books().ledger, read: async () => [strange(inputTokens)] };
      const { driftMicroUsd } = await reconcileAccounts(
        { ...books(), ledger: drifting },
        [keyless, claude],
        later,
      );
      return driftMicroUsd;
    };
    expect(await driftOf(1_000)).toBeUndefined();
    expect(await driftOf(100_000_000)).toBeGreaterThan(DRIFT_MICRO_USD);
  });
});

describe('the hours that are reconciled', () => {
  it('are those of the last day that accounts are complete for, two more, and those in which calls may have been on their way', () => {
    expect(windowOf({}, START_MS + 17 * 60_000)).toEqual({
      fromMs: START_MS - 35 * 3_600_000,
      untilMs: START_MS - 2 * 3_600_000,
    });
  });

  it('are those that a person asks for', () => {
    const asked = { fromHour: '2026-11-26T04', untilHour: '2026-11-26T06' };
    expect(windowOf(asked, 0)).toEqual({ fromMs: START_MS, untilMs: START_MS + 2 * 3_600_000 });
    for (const odd of [
      { ...asked, untilHour: '2026-11-26T04' },
      { ...asked, fromHour: 'soon' },
    ])
      expect(() => windowOf(odd, 0)).toThrow('fromHour must be an hour before untilHour');
  });
});
