import type { PriceList, PriceLists, TierPrice } from '../money/price.ts';
import type { Catalogue, LogicalModel, Offer } from './catalogue.ts';
import { modelNames, type ProviderName } from './model.ts';

/** Base URLs of the providers that a stage uses. */
type Urls = Partial<Record<ProviderName, string>>;

/** OpenAI's endpoints with data residency: `eu.`, `us.`, `jp.` and so on. */
const REGIONAL = /^https:\/\/[a-z]{2}\.api\.openai\.com(\/|$)/;

/** The catalogue at the prices of a stage's endpoints: some providers charge more where the data stays in a region. */
export const atEndpoints = (catalogue: Catalogue, urls: Urls): Catalogue => {
  const priced = { ...catalogue };
  for (const name of modelNames) priced[name] = modelAt(catalogue[name], urls);
  return priced;
};

const modelAt = (model: LogicalModel, urls: Urls): LogicalModel => ({
  ...model,
  offers: model.offers.map((offer) => offerAt(offer, urls)),
});

const offerAt = (offer: Offer, urls: Urls): Offer => {
  const { regionalFactor = 1, ...rest } = offer;
  if (regionalFactor === 1 || !REGIONAL.test(urls[offer.provider] ?? '')) return offer;
  const [first, ...others] = offer.prices;
  const prices: PriceLists = [
    scaledList(first, regionalFactor),
    ...others.map((list) => scaledList(list, regionalFactor)),
  ];
  return { ...rest, prices };
};

const scaledList = (list: PriceList, factor: number): PriceList => {
  const { priority, flex } = list.tiers;
  return {
    ...list,
    tiers: {
      default: scaled(list.tiers.default, factor),
      ...(priority && { priority: scaled(priority, factor) }),
      ...(flex && { flex: scaled(flex, factor) }),
    },
  };
};

/** The price of every kind of token, times a factor. */
export const scaled = ({ input, cachedInput, cacheWrite, output }: TierPrice, factor: number): TierPrice => ({
  input: input * factor,
  cachedInput: cachedInput * factor,
  output: output * factor,
  ...(cacheWrite !== undefined && { cacheWrite: cacheWrite * factor }),
});
