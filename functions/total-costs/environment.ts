import * as z from 'zod/mini';
import { jsonText } from '../../lib/pipeline/json-text.ts';
import { providerNames } from '../../lib/pipeline/model/model.ts';
import { budgetsSchema } from '../../lib/pipeline/money/budget.ts';

/** The environment of the function `total-costs`. */
export const environment = z.object({
  LEDGER_TABLE: z.string().check(z.minLength(3)),
  TOTALS_TABLE: z.string().check(z.minLength(3)),
  FLEET_TABLE: z.string().check(z.minLength(3)),
  LEDGER_RETENTION_SECONDS: z.pipe(z.string().check(z.regex(/^\d+$/)), z.transform(Number)),
  /** A JSON object of base URLs by provider. */
  PROVIDER_URLS: z.pipe(jsonText, z.partialRecord(z.enum(providerNames), z.url())),
  /** A JSON object: what tenants may spend on models in a day. */
  BUDGETS: z.pipe(jsonText, budgetsSchema),
  METRICS_NAMESPACE: z.string().check(z.minLength(1)),
});
