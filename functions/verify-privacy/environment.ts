import * as z from 'zod/mini';

/** The environment of the function `verify-privacy`. */
export const environment = z.object({
  AUDIT_TABLE: z.string().check(z.minLength(3)),
  AUDIT_RETENTION_SECONDS: z.pipe(z.string().check(z.regex(/^\d+$/)), z.transform(Number)),
  METRICS_NAMESPACE: z.string().check(z.minLength(1)),
});
