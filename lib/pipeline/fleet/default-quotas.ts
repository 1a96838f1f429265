import { defaultCatalogue } from '../model/default-catalogue.ts';
import type { ProviderName } from '../model/model.ts';
import type { Quota } from './quota.ts';

/** Placeholders of the size that a paid account starts with: set them to your account's, or with -c quotas. */
const requestsPerMinute: Readonly<Record<ProviderName, number>> = {
  openai: 5_000,
  'azure-openai': 5_000,
  anthropic: 4_000,
};

export const defaultQuotas: readonly Quota[] = Object.values(defaultCatalogue)
  .flatMap(({ offers }) => offers)
  .map(({ provider, modelId }) => ({
    provider,
    modelId,
    requestsPerMinute: requestsPerMinute[provider],
    tokensPerMinute: 2_000_000,
  }));
