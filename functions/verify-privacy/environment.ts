import * as z from 'zod/mini';

const wholeNumber = z.pipe(z.string().check(z.regex(/^\d+$/)), z.transform(Number));
const name = z.string().check(z.minLength(3));

/** The environment of the function `verify-privacy`. */
export const environment = z.object({
  AUDIT_TABLE: name,
  AUDIT_RETENTION_SECONDS: wholeNumber,
  PRIVACY_TABLE: name,
  OPEN_REQUESTS_INDEX: name,
  PRIVACY_RETENTION_SECONDS: wholeNumber,
  JOBS_TABLE: name,
  TENANT_JOBS_INDEX: name,
  EXPORTS_BUCKET: name,
  RECEIPT_KEY: z.string().check(z.startsWith('arn:')),
  LANE_SECONDS: wholeNumber,
  BACKUP_SECONDS: wholeNumber,
  CRITICAL_QUEUE_URL: z.url(),
  HIGH_QUEUE_URL: z.url(),
  MEDIUM_QUEUE_URL: z.url(),
  LOW_QUEUE_URL: z.url(),
  CRITICAL_DEAD_LETTERS_URL: z.url(),
  HIGH_DEAD_LETTERS_URL: z.url(),
  MEDIUM_DEAD_LETTERS_URL: z.url(),
  LOW_DEAD_LETTERS_URL: z.url(),
  RESULTS_TOPIC: z.string().check(z.startsWith('arn:')),
  METRICS_NAMESPACE: z.string().check(z.minLength(1)),
});
