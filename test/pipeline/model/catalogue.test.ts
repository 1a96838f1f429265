import {
  DEFAULT_TIMEOUT_MS,
  effortFor,
  liveOffers,
  longestTimeoutMs,
  modelTimeoutMs,
  type Offer,
} from '../../../lib/pipeline/model/catalogue.ts';
import { defaultCatalogue } from '../../../lib/pipeline/model/default-catalogue.ts';
import { modelNames } from '../../../lib/pipeline/model/model.ts';

const at = (day: string) => Date.parse(`${day}T00:00:00Z`);
const anyProvider = () => true;
const idsOf = (offers: readonly Offer[]) => offers.map(({ provider, modelId }) => `${provider}/${modelId}`);

describe('the timeout of a model', () => {
  it.each([
    ['gpt-5', 45_000],
    ['gpt-5-mini', 30_000],
    ['gpt-5-nano', 15_000],
    ['claude', 15_000],
  ] as const)('%s has %i ms unless the request changes its nature', (model, timeoutMs) => {
    expect(modelTimeoutMs(defaultCatalogue[model], { tier: 'default' })).toBe(timeoutMs);
    expect(modelTimeoutMs(defaultCatalogue[model], { tier: 'default', effort: 'low' })).toBe(timeoutMs);
  });

  it('is 30 s for a model without its own', () => {
    expect(modelTimeoutMs({ fallbacks: [], offers: [] }, { tier: 'default' })).toBe(DEFAULT_TIMEOUT_MS);
    expect(DEFAULT_TIMEOUT_MS).toBe(30_000);
  });

  it('grows with effort, tier and output limit, first matching rule first', () => {
    const model = defaultCatalogue['gpt-5'];
    expect(modelTimeoutMs(model, { tier: 'default', effort: 'high' })).toBe(60_000);
    expect(modelTimeoutMs(model, { tier: 'flex' })).toBe(60_000);
    expect(modelTimeoutMs(model, { tier: 'default', maxOutputTokens: 8_001 })).toBe(60_000);
    expect(modelTimeoutMs(model, { tier: 'default', maxOutputTokens: 8_000 })).toBe(45_000);
  });

  it('never passes the 60 s that any attempt may take', () => {
    for (const name of modelNames)
      expect(longestTimeoutMs(defaultCatalogue[name], 'flex')).toBeLessThanOrEqual(60_000);
  });
});

describe('the offers of the default catalogue', () => {
  it('are the GPT-5 family until OpenAI shuts it down on 2026-12-11', () => {
    const offers = liveOffers(defaultCatalogue['gpt-5'], at('2026-12-11') - 1, anyProvider);
    expect(idsOf(offers)).toEqual(['azure-openai/gpt-5', 'openai/gpt-5']);
  });

  it('give way to the named successors on that day, while Azure goes on', () => {
    const offers = liveOffers(defaultCatalogue['gpt-5'], at('2026-12-11'), anyProvider);
    expect(idsOf(offers)).toEqual(['azure-openai/gpt-5', 'openai/gpt-6.1-sol']);
  });

  it.each(['2026-11-22', '2026-12-10', '2026-12-11', '2027-02-06', '2030-01-01'])(
    'leave no logical model without OpenAI or Anthropic on %s',
    (day) => {
      for (const name of modelNames) {
        const offers = liveOffers(defaultCatalogue[name], at(day), (provider) => provider !== 'azure-openai');
        expect(offers.length).toBeGreaterThan(0);
      }
    },
  );

  it('are narrowed to the providers that may be used', () => {
    const offers = liveOffers(defaultCatalogue['gpt-5'], at('2026-11-22'), (name) => name === 'openai');
    expect(idsOf(offers)).toEqual(['openai/gpt-5']);
  });

  it('raise an effort that the model does not know to the least that it does', () => {
    const [azure, successor] = liveOffers(defaultCatalogue['gpt-5'], at('2027-01-01'), anyProvider);
    expect(azure && effortFor(azure, 'minimal')).toBe('minimal');
    expect(successor && effortFor(successor, 'minimal')).toBe('low');
    expect(successor && effortFor(successor, 'high')).toBe('high');
  });
});
