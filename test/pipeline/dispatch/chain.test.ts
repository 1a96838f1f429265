import { chainMs, chainOf } from '../../../lib/pipeline/dispatch/chain.ts';
import { longestChainMs } from '../../../lib/pipeline/dispatch/timeout-lattice.ts';
import { defaultCatalogue } from '../../../lib/pipeline/model/default-catalogue.ts';
import { modelNames } from '../../../lib/pipeline/model/model.ts';

const chain = (ownTimeoutMs?: number) =>
  chainOf(defaultCatalogue, 'gpt-5', { tier: 'default' }, ownTimeoutMs);

describe('the chain of a model', () => {
  it('goes from the model to its fallbacks, each with its own timeout', () => {
    expect(chain().map(({ model, timeoutMs }) => [model, timeoutMs])).toEqual([
      ['gpt-5', 45_000],
      ['gpt-5-mini', 30_000],
      ['claude', 15_000],
    ]);
  });

  it('keeps 5 s for each model still to come, and 1.1 s for the cached and the default answer', () => {
    expect(chain().map(({ laterRungsMs }) => laterRungsMs)).toEqual([11_100, 6_100, 1_100]);
  });

  it('gives a request the timeout it asks for, and its fallbacks no more than that', () => {
    expect(chain(60_000).map(({ timeoutMs }) => timeoutMs)).toEqual([60_000, 30_000, 15_000]);
    expect(chain(5_000).map(({ timeoutMs }) => timeoutMs)).toEqual([5_000, 5_000, 5_000]);
  });

  it.each(modelNames)('of %s never takes longer than the lattice allows for', (model) => {
    const efforts = ['minimal', 'low', 'medium', 'high'] as const;
    const tiers = ['default', 'priority', 'flex'] as const;
    for (const tier of tiers) {
      const longest = efforts.flatMap((effort) =>
        [undefined, 1_000, 60_000].map((own) =>
          chainMs(chainOf(defaultCatalogue, model, { effort, tier, maxOutputTokens: 100_000 }, own)),
        ),
      );
      expect(Math.max(...longest)).toBeLessThanOrEqual(longestChainMs(defaultCatalogue, model, tier));
    }
  });
});
