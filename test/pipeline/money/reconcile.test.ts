import fc from 'fast-check';
import { defaultCatalogue } from '../../../lib/pipeline/model/default-catalogue.ts';
import { abandonedEntry, type LedgerEntry, NO_TENANT, tokensOf } from '../../../lib/pipeline/money/ledger.ts';
import { type BilledCall, ENTERED_AFTER_MS, reconcileCalls } from '../../../lib/pipeline/money/reconcile.ts';
import { driftOfSums } from '../../../lib/pipeline/money/reconcile-sums.ts';
import { foldEntries } from '../../../lib/pipeline/money/totals.ts';
import { aJob } from '../../builders.ts';
import { anyEntries, byKey, entryOf, START_MS, usage } from './entries.ts';

const window = { fromMs: START_MS, untilMs: START_MS + 3 * 3_600_000 };

const billOf = (entry: LedgerEntry, changes: Partial<BilledCall> = {}): BilledCall => {
  const { callId, traceId, provider, modelId, tier, atMs, costMicroUsd } = entry;
  return {
    ...tokensOf(entry),
    callId,
    traceId,
    provider,
    modelId,
    tier,
    endedAtMs: atMs,
    costMicroUsd,
    ...changes,
  };
};

/** A day later, when nothing is on its way any more. */
const rates = { catalogue: defaultCatalogue, nowMs: window.untilMs + 24 * 3_600_000 };

const reconcile = (
  ledger: readonly LedgerEntry[],
  bill: readonly BilledCall[],
  nowMs: number = rates.nowMs,
) => reconcileCalls({ ledger, bill }, window, { ...rates, nowMs });

const job = aJob();
const abandoned = (): LedgerEntry => {
  const run = { claimId: 'f3a1c2d4-0000-4000-8000-00f067aa0ba9', leaseUntilMs: START_MS + 5_000 };
  const entry = abandonedEntry(job, run, defaultCatalogue, new Set(['openai'] as const));
  if (entry === undefined) throw new Error('nobody could be asked');
  return entry;
};

describe('a ledger held against the calls of an account', () => {
  it('that agrees needs nothing', () => {
    const entry = entryOf();
    expect(reconcile([entry], [billOf(entry)])).toMatchObject({ entries: [], calls: 1, driftMicroUsd: 0 });
  });

  it('has its estimates put right by the difference', () => {
    const guess = entryOf({ unpriced: 'usage-unknown', costMicroUsd: 130 });
    const found = reconcile([guess], [billOf(guess, { inputTokens: 900, costMicroUsd: 125 })]);
    expect(found).toMatchObject({ settledEstimates: 1, estimatesOffMicroUsd: 5, wrong: 0, driftMicroUsd: 0 });
    expect(found.entries).toMatchObject([
      {
        kind: 'call-settled',
        calls: 0,
        estimatedCalls: -1,
        inputTokens: -100,
        outputTokens: 0,
        costMicroUsd: -5,
      },
    ]);
  });

  it('charges nothing for a call that the account does not have', () => {
    const guess = entryOf({ unpriced: 'usage-unknown', costMicroUsd: 90 });
    const other = entryOf({ callId: '0000000000000001' });
    const { entries, driftMicroUsd } = reconcile([guess, other], [billOf(other)]);
    expect(driftMicroUsd).toBe(0);
    expect(foldEntries([guess, ...entries]).all.all).toMatchObject({
      calls: 1,
      estimatedCalls: 0,
      costMicroUsd: 0,
    });
  });

  it('gets the calls that a worker took with it, in the name of its tenant, instead of the guess', () => {
    const guess = abandoned();
    const call = billOf(entryOf({ callId: '0000000000000009' }), { traceId: job.trace.traceId });
    const found = reconcile([guess], [call]);
    expect(found).toMatchObject({ added: 1, settledEstimates: 1, driftMicroUsd: 0 });
    const { all, tenants } = foldEntries([guess, ...found.entries]);
    expect(all.all).toMatchObject({ calls: 1, estimatedCalls: 0, costMicroUsd: 130 });
    expect([...tenants.keys()]).toEqual(['tenant-a']);
  });

  it('says how much nobody had marked as a guess', () => {
    const entry = entryOf();
    expect(reconcile([entry], [billOf(entry, { costMicroUsd: 137 })])).toMatchObject({
      wrong: 1,
      driftMicroUsd: 7,
    });
    const stranger = reconcile([], [billOf(entry)]);
    expect(stranger).toMatchObject({
      added: 1,
      driftMicroUsd: 130,
      entries: [{ tenantId: NO_TENANT, lane: '?' }],
    });
  });

  it('does not believe an account that has no call at all: everything drifts, and nothing is taken off', () => {
    const ledger = [entryOf(), entryOf({ callId: '01', unpriced: 'usage-unknown', costMicroUsd: 90 })];
    expect(reconcile(ledger, [])).toMatchObject({ entries: [], calls: 0, driftMicroUsd: 220 });
    expect(reconcile([], [])).toMatchObject({ entries: [], driftMicroUsd: 0 });
  });

  it('lacks a call of its own jobs that nobody guessed: it is missing once no entry can be on its way', () => {
    const known = entryOf();
    const lost = billOf(entryOf({ callId: '0000000000000009' }), { costMicroUsd: 77 });
    const bill = [billOf(known), lost];
    const late = lost.endedAtMs + ENTERED_AFTER_MS;
    expect(reconcile([known], bill, late - 1)).toMatchObject({ entries: [], pending: 1, driftMicroUsd: 0 });
    const found = reconcile([known], bill, late);
    expect(found).toMatchObject({ added: 1, missing: 1, pending: 0, driftMicroUsd: 77 });
    expect(found.entries).toMatchObject([{ callId: lost.callId, tenantId: 'tenant-a' }]);
  });

  it('judges a call by the time of its entry, once', () => {
    const entry = entryOf({ startedAtMs: window.untilMs - 1_000 });
    const bill = [billOf(entry, { endedAtMs: window.untilMs - 1, costMicroUsd: 1 })];
    expect(entry.atMs).toBe(window.untilMs);
    expect(reconcile([entry], bill).entries).toEqual([]);
    const next = { fromMs: window.untilMs, untilMs: window.untilMs + 3_600_000 };
    expect(reconcileCalls({ ledger: [entry], bill }, next, rates).entries).toHaveLength(1);
  });

  /** What an account may say of an entry: the same, something else, nothing. */
  const word = fc.constantFrom('same', 'other', 'none');

  it('equals the account afterwards, and a second time changes nothing', () => {
    fc.assert(
      fc.property(
        anyEntries,
        anyEntries,
        fc.array(word, { minLength: 50, maxLength: 50 }),
        (ours, theirs, words) => {
          const bill = ours.flatMap((entry, index) => {
            const said = words[index % words.length];
            if (said === 'none') return [];
            return [
              billOf(
                entry,
                said === 'other' ? { outputTokens: entry.outputTokens + 7, costMicroUsd: 11 } : {},
              ),
            ];
          });
          const taken = new Set(bill.map(({ callId }) => callId));
          const strangers = theirs.filter(({ callId }) => !taken.has(callId)).map((entry) => billOf(entry));
          const account = [...new Map([...bill, ...strangers].map((call) => [call.callId, call])).values()];
          fc.pre(account.length > 0);
          const { entries } = reconcile(ours, account);
          const after = [...byKey([...ours, ...entries]).values()];
          const { all } = foldEntries(after);
          const sum = (count: (call: BilledCall) => number) =>
            account.reduce((total, call) => total + count(call), 0);
          expect(all.all.costMicroUsd).toBe(sum(({ costMicroUsd }) => costMicroUsd));
          expect(all.all.inputTokens).toBe(sum(({ inputTokens }) => inputTokens));
          expect(all.all.outputTokens).toBe(sum(({ outputTokens }) => outputTokens));
          expect(all.all.estimatedCalls).toBe(0);
          expect(reconcile(after, account).entries).toEqual([]);
        },
      ),
    );
  });
});

describe('a ledger held against the sums of an account', () => {
  const rates = { provider: 'openai', catalogue: defaultCatalogue, nowMs: START_MS } as const;
  const said = { ...usage, modelId: 'gpt-5-nano', tier: 'default' } as const;

  it('drifts by the price of the tokens that one of them has more', () => {
    expect(driftOfSums([entryOf()], [said], rates)).toBe(0);
    expect(driftOfSums([entryOf()], [{ ...said, outputTokens: 300 }], rates)).toBe(40);
    expect(driftOfSums([entryOf()], [], rates)).toBe(130);
    expect(driftOfSums([], [said], rates)).toBe(130);
  });

  it('counts one kind of tokens that is too much and another that is too little, one beside the other', () => {
    // 40 micro-dollars of output less, and as many of input more
    const shifted = { ...said, inputTokens: 1_800, outputTokens: 100 };
    expect(driftOfSums([entryOf()], [shifted], rates)).toBe(80);
  });

  it('prices a model that nobody here knows by the dearest of its provider', () => {
    const foreign = { ...said, modelId: 'o9-huge' };
    expect(driftOfSums([], [foreign], rates)).toBeGreaterThan(
      driftOfSums([], [{ ...said, modelId: 'gpt-5' }], rates) - 1,
    );
  });

  it('is far from an account that has nothing', () => {
    expect(driftOfSums([entryOf(), entryOf({ callId: '01' })], [], rates)).toBe(260);
  });

  it('does not look at the calls of other providers', () => {
    expect(driftOfSums([entryOf({ provider: 'azure-openai' })], [], rates)).toBe(0);
  });

  it('adds up what is too much here and too little there', () => {
    const mini = entryOf({ callId: '01', model: 'gpt-5-mini', modelId: 'gpt-5-mini' });
    expect(driftOfSums([mini], [said], rates)).toBe(130 + 650);
  });
});
