import { billedMicroUsd } from '../../../lib/local/model-server/price-table.ts';
import { defaultCatalogue } from '../../../lib/pipeline/model/default-catalogue.ts';
import { costOf } from '../../../lib/pipeline/money/price.ts';

const usage = {
  inputTokens: 3_001,
  cachedInputTokens: 1_024,
  cacheWriteTokens: 512,
  outputTokens: 777,
  reasoningTokens: 64,
};

describe("the model server's bill", () => {
  // by hand: 1977 x 1.25 + 1024 x 0.125 + 777 x 10 = 10369.25 micro-dollars
  it('is tokens times price, to the micro-dollar', () => {
    expect(billedMicroUsd('gpt-5', 'default', usage)).toBe(10_369);
    expect(billedMicroUsd('gpt-5', 'priority', usage)).toBe(20_739);
    expect(billedMicroUsd('gpt-5', 'flex', usage)).toBe(5_185);
  });

  it('rounds halves up', () => {
    const one = {
      inputTokens: 10,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
    };
    expect(billedMicroUsd('gpt-5-nano', 'default', one)).toBe(1);
  });

  it.each([
    ['short', usage],
    ['long', { ...usage, inputTokens: 300_001 }],
  ])('agrees with the catalogue at a %s prompt, though neither knows the other', (_length, usage) => {
    const nowMs = Date.parse('2026-12-01T00:00:00Z');
    for (const { provider, modelId, prices } of Object.values(defaultCatalogue).flatMap(
      ({ offers }) => offers,
    )) {
      const cost = costOf(prices, usage, 'default', nowMs);
      expect({ provider, modelId, cost }).toEqual({
        provider,
        modelId,
        cost: { kind: 'known', microUsd: billedMicroUsd(modelId, 'default', usage) },
      });
    }
  });
});
