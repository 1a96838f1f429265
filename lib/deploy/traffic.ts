import { type Catalogue, liveOffers } from '../pipeline/model/catalogue.ts';
import { type ModelName, modelNames, type ProviderName } from '../pipeline/model/model.ts';
import { costOf } from '../pipeline/money/price.ts';

/** Traffic that a month is reckoned with, in jobs: 1,000, 10,000 and 100,000 a day. */
export const jobsPerMonth = [30_000, 300_000, 3_000_000] as const;

type Asked = { jobs: number; inputTokens: number; outputTokens: number };

/** What the sample workload asks of each model: `npm start -- --instant`, seed 1, on 2026-11-26. No fallback, no cache. */
export const sampleTraffic: Readonly<Record<ModelName, Asked>> = {
  'gpt-5': { jobs: 65, inputTokens: 16_625, outputTokens: 33_008 },
  'gpt-5-mini': { jobs: 99, inputTokens: 25_443, outputTokens: 47_913 },
  'gpt-5-nano': { jobs: 57, inputTokens: 14_276, outputTokens: 25_336 },
  claude: { jobs: 19, inputTokens: 4_938, outputTokens: 601 },
};

/** What the tokens of a job cost on average at the default tier, in US dollars; a model without a live offer counts as none. */
export const tokensUsdPerJob = (
  catalogue: Catalogue,
  used: ReadonlySet<ProviderName>,
  nowMs: number,
): number => {
  const jobs = modelNames.reduce((sum, name) => sum + sampleTraffic[name].jobs, 0);
  const microUsd = modelNames.reduce((sum, name) => {
    const [offer] = liveOffers(catalogue[name], nowMs, (provider) => used.has(provider));
    const { inputTokens, outputTokens } = sampleTraffic[name];
    const usage = {
      inputTokens,
      outputTokens,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
    };
    return sum + (offer === undefined ? 0 : costOf(offer.prices, usage, 'default', nowMs).microUsd);
  }, 0);
  return microUsd / 1_000_000 / jobs;
};
