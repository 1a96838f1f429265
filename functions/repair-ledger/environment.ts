import * as z from 'zod/mini';

/** The environment of the function `repair-ledger`. */
export const environment = z.object({
  LEDGER_TABLE: z.string().check(z.minLength(3)),
  TOTALS_TABLE: z.string().check(z.minLength(3)),
  DEAD_LETTER_QUEUE_URL: z.url(),
  LEDGER_RETENTION_SECONDS: z.pipe(z.string().check(z.regex(/^\d+$/)), z.transform(Number)),
  METRICS_NAMESPACE: z.string().check(z.minLength(1)),
});
