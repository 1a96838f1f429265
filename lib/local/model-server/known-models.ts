import * as z from 'zod';
import { defaultCatalogue } from '../../pipeline/model/default-catalogue.ts';

/** The ids by which providers are asked for models, today or later. */
export const knownModels: readonly string[] = [
  ...new Set(Object.values(defaultCatalogue).flatMap(({ offers }) => offers.map(({ modelId }) => modelId))),
];

/** A model that a rule may name. Any other would strike nothing, and look like a Relay that withstands everything. */
export const knownModel = z
  .string()
  .refine((id) => knownModels.includes(id), `is no model id; there are ${knownModels.join(', ')}`);
