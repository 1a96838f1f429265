import fc from 'fast-check';
import { defaultCatalogue } from '../../../lib/pipeline/model/default-catalogue.ts';
import {
  abandonedEntry,
  entriesOf,
  hoursBetween,
  keyOf,
  periodsOf,
} from '../../../lib/pipeline/money/ledger.ts';
import { aJob } from '../../builders.ts';
import { aCall, anyEntries, entryOf, START_MS, usage } from './entries.ts';

const job = aJob({ message: { input: { messages: [{ role: 'user', content: 'x'.repeat(400) }] } } });

describe('the entry of a call', () => {
  it('has what the provider has counted, and who is to pay for it', () => {
    expect(entryOf()).toEqual({
      callId: '00f067aa0ba902b7',
      kind: 'call',
      atMs: START_MS + 1_000,
      tenantId: 'tenant-a',
      lane: 'critical',
      model: 'gpt-5-nano',
      provider: 'openai',
      modelId: 'gpt-5-nano',
      tier: 'default',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      calls: 1,
      estimatedCalls: 0,
      ...usage,
      costMicroUsd: 130,
      basis: 'measured',
    });
  });

  it('is there for a call that cost nothing, too', () => {
    const { usage: _none, ...turnedAway } = aCall({ costMicroUsd: 0 });
    const [entry] = entriesOf(job, [turnedAway]);
    expect(entry).toMatchObject({ calls: 1, inputTokens: 0, costMicroUsd: 0, basis: 'measured' });
  });

  it('has an estimate, marked as one, when the call broke off', () => {
    const {
      usage: _lost,
      servedTier: _unsaid,
      ...cut
    } = aCall({ costMicroUsd: 807, unpriced: 'usage-unknown' });
    const [entry] = entriesOf(job, [cut]);
    // 400 characters are 134 tokens at most, an answer 2,000
    expect(entry).toMatchObject({
      basis: 'estimated',
      estimatedCalls: 1,
      inputTokens: 134,
      outputTokens: 2_000,
      costMicroUsd: 807,
      unpriced: 'usage-unknown',
    });
  });

  it('has what its attempt guessed, marked as a guess, at a tier that has no price', () => {
    const entry = entryOf({ servedTier: 'priority', costMicroUsd: 260, unpriced: 'unknown-tier' });
    expect(entry).toMatchObject({
      tier: 'priority',
      basis: 'estimated',
      costMicroUsd: 260,
      inputTokens: 1_000,
    });
  });

  it('of a run whose worker died is one call of the first model that could be asked', () => {
    const run = { claimId: 'f3a1c2d4-0000-4000-8000-00f067aa0ba9', leaseUntilMs: START_MS };
    const openai = new Set(['openai'] as const);
    expect(abandonedEntry(job, run, defaultCatalogue, openai)).toMatchObject({
      kind: 'abandoned',
      callId: '800000f067aa0ba9',
      provider: 'openai',
      basis: 'estimated',
      calls: 1,
      costMicroUsd: 205,
    });
    expect(abandonedEntry(job, run, defaultCatalogue, new Set())).toBeUndefined();
    const elsewhere = aJob({ message: { allowedProcessors: ['anthropic'] } });
    expect(abandonedEntry(elsewhere, run, defaultCatalogue, openai)).toBeUndefined();
  });
});

describe('the key of an entry', () => {
  it('is the hour in which its call ended, a shard, and the call', () => {
    expect(keyOf(entryOf())).toEqual({ period: '2026-11-26T04#7', entry: '00f067aa0ba902b7' });
    expect(keyOf({ callId: '00f067aa0ba902b7', kind: 'call-settled', atMs: START_MS - 1 })).toEqual({
      period: '2026-11-26T03#7',
      entry: '00f067aa0ba902b7#call-settled',
    });
  });

  it('is the same whenever it is made again, and another one for every call', () => {
    fc.assert(
      fc.property(anyEntries, (entries) => {
        const keys = entries.map((entry) => JSON.stringify(keyOf(entry)));
        expect(new Set(keys).size).toBe(entries.length);
        expect(entries.map((entry) => JSON.stringify(keyOf({ ...entry })))).toEqual(keys);
      }),
    );
  });

  it('is in one of the partitions of its hour', () => {
    fc.assert(
      fc.property(anyEntries, (entries) =>
        entries.every((entry) =>
          periodsOf(hoursBetween(entry.atMs, entry.atMs)[0] ?? '').includes(keyOf(entry).period),
        ),
      ),
    );
  });
});

it('no call that may be billed is free', () => {
  fc.assert(
    fc.property(anyEntries, (entries) =>
      entries.every(({ basis, costMicroUsd, unpriced }) =>
        unpriced === undefined ? basis === 'measured' : basis === 'estimated' && costMicroUsd > 0,
      ),
    ),
  );
});

it('counts the hours between two instants, both included', () => {
  expect(hoursBetween(START_MS - 1, START_MS + 3_600_000)).toEqual([
    '2026-11-26T03',
    '2026-11-26T04',
    '2026-11-26T05',
  ]);
  expect(hoursBetween(START_MS, START_MS - 1)).toEqual([]);
});
