import { drawReply } from '../../../lib/local/model-server/reply.ts';
import type { ModelCall } from '../../../lib/local/model-server/wire.ts';
import { seededRandom } from '../../../lib/seeded-random.ts';

const call = (changes: Partial<ModelCall> = {}): ModelCall => ({
  model: 'gpt-5',
  inputChars: 8000,
  cacheableChars: 7900,
  lastUserText: 'Hi there',
  effort: 'medium',
  maxOutputTokens: undefined,
  askedTier: 'default',
  servedTier: 'default',
  chargesCacheWrites: false,
  isStreamed: true,
  ...changes,
});

const draws = (changes: Partial<ModelCall>) =>
  Array.from({ length: 2000 }, (_, seed) => drawReply(seededRandom(seed), call(changes)));

const latencies = (changes: Partial<ModelCall>) =>
  draws(changes)
    .map((it) => it.latencyMs)
    .sort((a, b) => a - b);

it.each([
  ['gpt-5', 4000],
  ['gpt-5-mini', 1800],
  ['gpt-5-nano', 900],
  ['claude-haiku-5-5', 1500],
])('%s has a median latency of about %d ms and a p99 of about three times that', (model, medianMs) => {
  const sorted = latencies({ model });
  expect((sorted[1000] ?? 0) / medianMs).toBeCloseTo(1, 0.5);
  expect((sorted[1980] ?? 0) / (3 * medianMs)).toBeCloseTo(1, 0.5);
});

it('takes longer with more effort', () => {
  const medians = ['minimal', 'low', 'medium', 'high'].map((effort) => latencies({ effort })[1000] ?? 0);
  expect(medians).toEqual(medians.toSorted((a, b) => a - b));
  expect(new Set(medians).size).toBe(4);
});

it('begins a stream after about 200 ms, and never later than half of the reply', () => {
  const firsts = draws({})
    .map((it) => it.firstEventMs)
    .sort((a, b) => a - b);
  expect((firsts[1000] ?? 0) / 200).toBeCloseTo(1, 0.5);
  expect((firsts[1980] ?? 0) / 400).toBeCloseTo(1, 0.5);
  const quick = draws({ model: 'gpt-5-nano', effort: 'minimal' });
  expect(quick.every((it) => it.firstEventMs <= it.latencyMs / 2)).toBe(true);
});

it('thinks for a longer share of its time with more effort', () => {
  const shares = ['minimal', 'low', 'medium', 'high'].map((effort) => {
    const [reply] = draws({ effort });
    return (reply?.thinkingMs ?? 0) / ((reply?.latencyMs ?? 0) - (reply?.firstEventMs ?? 0));
  });
  expect(shares.map((share) => Number(share.toFixed(6)))).toEqual([0.1, 0.3, 0.5, 0.7]);
});

it('stays within the timeout of its model at the effort that is the default', () => {
  expect(latencies({ model: 'gpt-5' }).at(-1)).toBeLessThan(45_000);
  expect(latencies({ model: 'gpt-5-mini' }).at(-1)).toBeLessThan(30_000);
  expect(latencies({ model: 'gpt-5-nano' }).at(-1)).toBeLessThan(15_000);
  expect(latencies({ model: 'claude-haiku-5-5', effort: undefined }).at(-1)).toBeLessThan(15_000);
});

it('counts cached tokens for some long prompts, in steps of 128, and for no short one', () => {
  const cached = draws({}).map((it) => it.usage.cachedInputTokens);
  expect(new Set(cached)).toEqual(new Set([0, 1920]));
  expect(
    draws({ inputChars: 4000, cacheableChars: 3900 }).every((it) => it.usage.cachedInputTokens === 0),
  ).toBe(true);
});

it('counts what it puts into the cache where that is charged: the prefix that was not there', () => {
  const charged = draws({ chargesCacheWrites: true }).map(({ usage }) => usage);
  for (const usage of charged) expect(usage.cachedInputTokens + usage.cacheWriteTokens).toBe(1920);
  expect(new Set(charged.map((usage) => usage.cacheWriteTokens))).toEqual(new Set([0, 1920]));
  expect(draws({}).every(({ usage }) => usage.cacheWriteTokens === 0)).toBe(true);
});

it('counts reasoning within the output, and none where the model does not reason', () => {
  expect(draws({ effort: 'high' }).every(({ usage }) => usage.reasoningTokens > 0)).toBe(true);
  expect(draws({ effort: 'high' }).every(({ usage }) => usage.reasoningTokens < usage.outputTokens)).toBe(
    true,
  );
  expect(draws({ effort: undefined }).every(({ usage }) => usage.reasoningTokens === 0)).toBe(true);
});
