import type { Catalogue } from '../model/catalogue.ts';
import { modelNames, type ProviderName, type ServiceTier, type Usage } from '../model/model.ts';
import { addSums, type LedgerEntry, noSums, tokensOf } from './ledger.ts';
import { costOf, type PriceList, type PriceLists } from './price.ts';

/** What a provider's account says of one model at one tier, over a window. */
export type UsageSum = Usage & { modelId: string; tier: ServiceTier | 'unknown' };

type Rates = { provider: ProviderName; catalogue: Catalogue; nowMs: number };

/**
 * How far the ledger is from an account that has sums only, in absolute micro-dollars: the tokens of each model and
 * tier on either side, priced by the catalogue. Estimates count, since nothing can settle them one by one.
 */
export const driftOfSums = (
  ledger: readonly LedgerEntry[],
  account: readonly UsageSum[],
  rates: Rates,
): number => {
  const ours = ledger.filter(({ provider }) => provider === rates.provider);
  const theirs = Map.groupBy(account, cellOf);
  const own = Map.groupBy(ours, cellOf);
  const cells = new Set([...own.keys(), ...theirs.keys()]);
  return [...cells].reduce((drift, cell) => {
    const [ownPart, theirPart] = [own.get(cell) ?? [], theirs.get(cell) ?? []];
    return drift + Math.abs(priceOf(ownPart, rates) - priceOf(theirPart, rates));
  }, 0);
};

type Counted = Usage & { modelId: string; tier: ServiceTier | 'unknown' };

const cellOf = ({ modelId, tier }: Counted): string => `${modelId} ${tier}`;

const priceOf = (counted: readonly Counted[], { provider, catalogue, nowMs }: Rates): number => {
  const [first] = counted;
  if (first === undefined) return 0;
  const sum = counted.reduce((all, each) => addSums(all, { ...noSums, ...tokensOf(each) }), noSums);
  const offer = modelNames
    .flatMap((model) => catalogue[model].offers)
    .find((it) => it.provider === provider && it.modelId === first.modelId);
  const tier = first.tier === 'unknown' ? 'default' : first.tier;
  return offer === undefined ? 0 : costOf(ofShortPrompts(offer.prices), tokensOf(sum), tier, nowMs).microUsd;
};

/** A sum of many calls is longer than any prompt: which of them were long it does not tell. */
const ofShortPrompts = ([first, ...others]: PriceLists): PriceLists => [short(first), ...others.map(short)];

const short = ({ longContext: _none, ...list }: PriceList): PriceList => list;
