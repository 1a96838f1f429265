import { defaultCatalogue } from '../../../lib/pipeline/model/default-catalogue.ts';
import { serviceTiers } from '../../../lib/pipeline/model/model.ts';
import { costOf } from '../../../lib/pipeline/money/price.ts';
import { MAX_TOKENS, tokenCount } from '../../../lib/runtime/providers/token-count.ts';

const PICO_PER_MICRO_USD = 1_000_000;

/** Each count of a reply at its limit: with Anthropic, the input is the sum of three. */
const most = {
  inputTokens: 3 * MAX_TOKENS,
  cachedInputTokens: MAX_TOKENS,
  cacheWriteTokens: MAX_TOKENS,
  outputTokens: MAX_TOKENS,
  reasoningTokens: MAX_TOKENS,
};

it.each(Object.values(defaultCatalogue).flatMap(({ offers }) => offers))(
  'the most that a reply may count is priced exactly: $provider/$modelId',
  ({ prices }) => {
    for (const { from } of prices)
      for (const tier of [...serviceTiers, 'unknown'] as const) {
        const { microUsd } = costOf(prices, most, tier, Date.parse(from));
        expect(Number.isSafeInteger(microUsd * PICO_PER_MICRO_USD)).toBe(true);
      }
  },
);

it.each([Number.MAX_SAFE_INTEGER, MAX_TOKENS + 1, -1, 0.5, Number.NaN, '7', null])(
  '%p is no count',
  (count) => {
    expect(tokenCount.safeParse(count).success).toBe(false);
  },
);

it.each([0, 1, MAX_TOKENS])('%i is a count', (count) => {
  expect(tokenCount.safeParse(count).data).toBe(count);
});
