import { configFor } from '../../../lib/configure.ts';
import type { Catalogue } from '../../../lib/pipeline/model/catalogue.ts';
import { defaultCatalogue } from '../../../lib/pipeline/model/default-catalogue.ts';
import { type ModelName, modelNames } from '../../../lib/pipeline/model/model.ts';
import { atEndpoints } from '../../../lib/pipeline/model/regional-prices.ts';
import { costOf } from '../../../lib/pipeline/money/price.ts';

const AFTER = Date.parse('2026-12-11T00:00:00Z');
const usage = {
  inputTokens: 1_000_000,
  cachedInputTokens: 100_000,
  cacheWriteTokens: 100_000,
  outputTokens: 100_000,
  reasoningTokens: 0,
};
const costs = (catalogue: Catalogue, model: ModelName) =>
  catalogue[model].offers.map(({ provider, modelId, prices }) => [
    `${provider}/${modelId}`,
    costOf(prices, usage, 'default', AFTER).microUsd,
  ]);

describe('the catalogue at the endpoints of a stage', () => {
  it('charges a tenth more in a region for what was released since 2026-03-05, and for nothing else', () => {
    const { providers } = configFor((key) => ({ stage: 'production' })[key]);
    expect(providers.openai).toContain('eu.api.openai.com');
    const regional = atEndpoints(defaultCatalogue, providers);
    const [azure, old, successor] = costs(defaultCatalogue, 'gpt-5');
    expect(successor).toEqual(['openai/gpt-6.1-sol', 5_220_000]); // 2 x (1.6 + 0.01 + 0.25) + 1.5 x 1 dollars
    expect(costs(regional, 'gpt-5')).toEqual([azure, old, ['openai/gpt-6.1-sol', 5_742_000]]);
    expect(costs(regional, 'claude')).toEqual(costs(defaultCatalogue, 'claude'));
  });

  it.each(['https://api.openai.com/v1', 'http://127.0.0.1:4010/v1', 'https://eu.api.openai.com.example/v1'])(
    'is as it was at %s',
    (openai) => {
      const catalogue = atEndpoints(defaultCatalogue, { openai });
      for (const name of modelNames) expect(costs(catalogue, name)).toEqual(costs(defaultCatalogue, name));
    },
  );
});
