import * as z from 'zod/mini';
import { jsonText } from '../../lib/pipeline/json-text.ts';
import { providerNames } from '../../lib/pipeline/model/model.ts';

/** The environment of the function `reconcile-costs`. */
export const environment = z.object({
  LEDGER_TABLE: z.string().check(z.minLength(3)),
  TOTALS_TABLE: z.string().check(z.minLength(3)),
  LEDGER_RETENTION_SECONDS: z.pipe(z.string().check(z.regex(/^\d+$/)), z.transform(Number)),
  ADMIN_KEYS_SECRET: z.string().check(z.minLength(1)),
  /** A JSON object of base URLs by provider. */
  PROVIDER_URLS: z.pipe(jsonText, z.partialRecord(z.enum(providerNames), z.url())),
  /** A JSON list of where providers' accounts are read, and whose calls are on each. */
  ACCOUNTS: z.pipe(
    jsonText,
    z.array(
      z.object({
        kind: z.enum(['calls', 'openai-usage', 'anthropic-usage']),
        url: z.url(),
        providers: z.array(z.enum(providerNames)),
      }),
    ),
  ),
  METRICS_NAMESPACE: z.string().check(z.minLength(1)),
});
