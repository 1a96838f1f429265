import fc from 'fast-check';
import { type Catalogue, type LogicalModel, liveOffers } from '../../../lib/pipeline/model/catalogue.ts';
import { defaultCatalogue } from '../../../lib/pipeline/model/default-catalogue.ts';
import {
  liveUntilMs,
  modelShutdownDays,
  NO_SHUTDOWN_DAYS,
  SHUTDOWN_ALARM_DAYS,
  SHUTDOWN_LEAD_DAYS,
  shutdownProblems,
} from '../../../lib/pipeline/model/lifecycle.ts';
import { modelNames, type ProviderName, providerNames } from '../../../lib/pipeline/model/model.ts';
import type { PriceLists } from '../../../lib/pipeline/money/price.ts';
import { DAY_MS } from '../../../lib/pipeline/utc.ts';

const at = (day: string) => Date.parse(`${day}T00:00:00Z`);
const using = (...names: ProviderName[]) => new Set(names);
const everybody = using(...providerNames);
const prices: PriceLists = [
  { from: '2026-01-01', tiers: { default: { input: 1, cachedInput: 1, output: 1 } } },
];

const dayOf = (day: number) => new Date(at('2027-01-01') + day * DAY_MS).toISOString().slice(0, 10);
const anyOffer = fc.record(
  {
    provider: fc.constantFrom(...providerNames),
    modelId: fc.constant('m'),
    prices: fc.constant(prices),
    liveFrom: fc.integer({ min: -5, max: 30 }).map(dayOf),
    liveUntil: fc.integer({ min: -5, max: 30 }).map(dayOf),
  },
  { requiredKeys: ['provider', 'modelId', 'prices'] },
);
const anyModel = fc
  .array(anyOffer, { maxLength: 5 })
  .map((offers): LogicalModel => ({ fallbacks: [], offers }));
const anyProviders = fc.subarray([...providerNames]).map((names) => using(...names));

describe('the end of a logical model', () => {
  it('is the first instant at which nobody whom the stage uses answers for it', () => {
    fc.assert(
      fc.property(anyModel, anyProviders, fc.nat(40 * 24), (model, providers, hour) => {
        const nowMs = at('2026-12-25') + hour * 3_600_000;
        const untilMs = liveUntilMs(model, providers, nowMs);
        const isLive = (ms: number) => liveOffers(model, ms, (name) => providers.has(name)).length > 0;
        expect(untilMs).toBeGreaterThanOrEqual(nowMs);
        if (untilMs === Infinity) expect(isLive(at('2099-01-01'))).toBe(true);
        else expect(isLive(untilMs)).toBe(false);
        for (let ms = nowMs; ms < Math.min(untilMs, nowMs + 60 * DAY_MS); ms += DAY_MS / 4)
          expect(isLive(ms)).toBe(true);
      }),
    );
  });

  it('is not put off by a successor that comes a day late, and is by one of another provider', () => {
    const model = (liveFrom: string): LogicalModel => ({
      fallbacks: [],
      offers: [
        { provider: 'azure-openai', modelId: 'old', liveUntil: '2027-02-06', prices },
        { provider: 'openai', modelId: 'new', liveFrom, prices },
      ],
    });
    expect(liveUntilMs(model('2027-02-07'), everybody, at('2027-01-01'))).toBe(at('2027-02-06'));
    expect(liveUntilMs(model('2027-02-06'), everybody, at('2027-01-01'))).toBe(Infinity);
  });
});

describe('the default catalogue', () => {
  const defaultSets = [using('openai', 'anthropic'), using('openai'), everybody];
  const days = [
    '2026-11-26',
    '2026-12-10',
    '2026-12-11',
    '2027-01-23',
    '2027-02-05',
    '2027-02-06',
    '2030-01-01',
  ];

  it.each(days)('keeps every model of the default providers alive on %s, whatever comes', (day) => {
    for (const providers of defaultSets) {
      expect(shutdownProblems(defaultCatalogue, providers, at(day))).toEqual([]);
      expect(modelShutdownDays(defaultCatalogue, providers, at(day))).toBe(NO_SHUTDOWN_DAYS);
    }
  });

  it.each([at('2026-12-11') - 1, at('2026-12-11'), at('2027-02-06') - 1, at('2027-02-06')])(
    'answers for each of its models at %i, at a price of that day',
    (nowMs) => {
      for (const name of modelNames) {
        const offers = liveOffers(defaultCatalogue[name], nowMs, (provider) => provider !== 'azure-openai');
        expect(offers).toHaveLength(1);
        for (const offer of offers) expect(at(offer.prices[0].from)).toBeLessThanOrEqual(nowMs);
      }
    },
  );

  it('is refused with Azure alone from 14 days before 2027-02-06 on, with a sentence per model', () => {
    const problemsOn = (ms: number) => shutdownProblems(defaultCatalogue, using('azure-openai'), ms);
    expect(problemsOn(at('2026-12-11'))).toEqual([]);
    expect(problemsOn(at('2027-01-23') - 1)).toEqual([]);
    expect(problemsOn(at('2027-01-23'))).toHaveLength(3);
    expect(problemsOn(at('2027-02-06') - 1).join()).toContain(
      'shuts it down on 2027-02-06, within 14 days from today: ',
    );
    expect(problemsOn(at('2027-02-06')).join()).toContain(
      "Model gpt-5: none of the stage's providers (azure-openai) answers for it today: give it a successor",
    );
  });

  it('counts the days that Azure alone has left down to nothing', () => {
    const daysOn = (day: string) => modelShutdownDays(defaultCatalogue, using('azure-openai'), at(day));
    expect(
      ['2026-11-26', '2026-12-08', '2027-01-07', '2027-01-30', '2027-02-06', '2027-03-01'].map(daysOn),
    ).toEqual([72, 60, 30, 7, 0, 0]);
    expect(SHUTDOWN_ALARM_DAYS.toSorted((a, b) => a - b).at(0)).toBeLessThan(SHUTDOWN_LEAD_DAYS);
  });

  it('says nothing of models that no provider of the stage ever had', () => {
    expect(shutdownProblems(defaultCatalogue, using(), at('2027-03-01'))).toEqual([]);
    expect(modelShutdownDays(defaultCatalogue, using('anthropic'), at('2027-03-01'))).toBe(NO_SHUTDOWN_DAYS);
  });
});

it('a model is refused within 14 days of its end and not before, whatever the catalogue', () => {
  fc.assert(
    fc.property(anyModel, anyProviders, fc.nat(40), (model, providers, day) => {
      const catalogue: Catalogue = {
        ...defaultCatalogue,
        'gpt-5': model,
        claude: { fallbacks: [], offers: [] },
      };
      const nowMs = at('2026-12-25') + day * DAY_MS;
      const problems = shutdownProblems(catalogue, providers, nowMs).filter((it) =>
        it.startsWith('Model gpt-5:'),
      );
      const isServed = model.offers.some(({ provider }) => providers.has(provider));
      const leftMs = liveUntilMs(model, providers, nowMs) - nowMs;
      expect(problems.length).toBe(isServed && leftMs <= SHUTDOWN_LEAD_DAYS * DAY_MS ? 1 : 0);
    }),
  );
});
