import type { CircuitId } from '../../pipeline/fleet/circuits.ts';
import { liveOffers, type Offer } from '../../pipeline/model/catalogue.ts';
import { defaultCatalogue } from '../../pipeline/model/default-catalogue.ts';
import type { ModelName, ProviderName } from '../../pipeline/model/model.ts';

/** A rule for `PUT /control/faults` of the model server. */
export type StrikeRule = {
  id: string;
  match: { provider?: ProviderName; model?: string; times?: number };
  fault: object;
};

/** A fault for every call of these models, whichever of their offers is live today. */
export const strikeModels = (
  models: readonly ModelName[],
  fault: object,
  more: { times?: number } = {},
): StrikeRule[] => idsOf(models).map((model) => ({ id: model, match: { model, ...more }, fault }));

/** A fault for every call of these providers. */
export const strikeProviders = (providers: readonly ProviderName[], fault: object): StrikeRule[] =>
  providers.map((provider) => ({ id: provider, match: { provider }, fault }));

/** Whether a provider's id belongs to one of these models. */
export const isOf = (models: readonly ModelName[], modelId: string): boolean =>
  idsOf(models).includes(modelId);

/** How many of these providers may be asked for a model today. */
export const offersAt = (model: ModelName, providers: readonly ProviderName[]): number =>
  liveOffers(defaultCatalogue[model], Date.now(), (provider) => providers.includes(provider)).length;

/** Every circuit that calls for these models may meet. */
export const circuitsOf = (models: readonly ModelName[]): CircuitId[] =>
  offersOf(models).map(({ provider, modelId }) => ({ provider, modelId }));

const idsOf = (models: readonly ModelName[]): string[] => [
  ...new Set(offersOf(models).map(({ modelId }) => modelId)),
];

const offersOf = (models: readonly ModelName[]): readonly Offer[] =>
  models.map((model) => defaultCatalogue[model]).flatMap(({ offers }) => offers);
