import type { Catalogue } from '../model/catalogue.ts';
import { modelNames, type ProviderName, type ServiceTier, type Usage } from '../model/model.ts';
import { type LedgerEntry, tokensOf } from './ledger.ts';
import { costOf, type PriceList, type PriceLists } from './price.ts';

/** What a provider's account says of one model at one tier, over a window. */
export type UsageSum = Usage & { modelId: string; tier: ServiceTier | 'unknown' };

type Rates = { provider: ProviderName; catalogue: Catalogue; nowMs: number };

/**
 * How far the ledger is from an account that has sums only, in absolute micro-dollars: the tokens of each model, tier and
 * kind on either side, priced by the catalogue. Estimates count, since nothing can settle them one by one.
 */
export const driftOfSums = (
  ledger: readonly LedgerEntry[],
  account: readonly UsageSum[],
  rates: Rates,
): number => {
  const own = Map.groupBy(
    ledger.filter(({ provider }) => provider === rates.provider),
    cellOf,
  );
  const theirs = Map.groupBy<string, Counted>(account, cellOf);
  const cells = new Map<string, Counted>(
    [...own, ...theirs].flatMap(([cell, [first]]) => (first ? [[cell, first]] : [])),
  );
  return [...cells].reduce((drift, [cell, place]) => {
    const difference = differenceOf(own.get(cell) ?? [], theirs.get(cell) ?? []);
    return drift + priceOf({ ...place, ...difference }, rates);
  }, 0);
};

type Counted = Usage & { modelId: string; tier: ServiceTier | 'unknown' };

const cellOf = ({ modelId, tier }: Counted): string => `${modelId} ${tier}`;

/** Kind by kind: what there is too much of one does not make up for what there is too little of another. */
const differenceOf = (own: readonly Usage[], theirs: readonly Usage[]): Usage => {
  const off = (count: (usage: Usage) => number) =>
    Math.abs(
      [...own.map(count), ...theirs.map((usage) => -count(usage))].reduce((sum, part) => sum + part, 0),
    );
  const cachedInputTokens = off((usage) => usage.cachedInputTokens);
  const cacheWriteTokens = off((usage) => usage.cacheWriteTokens);
  const plain = off((usage) => usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens);
  return {
    inputTokens: plain + cachedInputTokens + cacheWriteTokens,
    cachedInputTokens,
    cacheWriteTokens,
    outputTokens: off((usage) => usage.outputTokens),
    reasoningTokens: 0,
  };
};

/** Of a model that is not in the catalogue somebody has called the dearest, until it is known better. */
const priceOf = ({ modelId, tier, ...usage }: Counted, { provider, catalogue, nowMs }: Rates): number => {
  const offers = modelNames
    .flatMap((model) => catalogue[model].offers)
    .filter((it) => it.provider === provider);
  const known = offers.filter((it) => it.modelId === modelId);
  const costs = (known.length > 0 ? known : offers).map(
    ({ prices }) =>
      costOf(ofShortPrompts(prices), tokensOf(usage), tier === 'unknown' ? 'default' : tier, nowMs).microUsd,
  );
  return Math.max(0, ...costs);
};

/** A sum of many calls is longer than any prompt: which of them were long it does not tell. */
const ofShortPrompts = ([first, ...others]: PriceLists): PriceLists => [short(first), ...others.map(short)];

const short = ({ longContext: _none, ...list }: PriceList): PriceList => list;
