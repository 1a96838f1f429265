import * as z from 'zod/mini';
import { laneNames } from '../../lib/pipeline/job/lane.ts';
import { jsonText } from '../../lib/pipeline/json-text.ts';
import { providerNames } from '../../lib/pipeline/model/model.ts';
import { budgetsSchema } from '../../lib/pipeline/money/budget.ts';

const wholeNumber = z.pipe(z.string().check(z.regex(/^\d+$/)), z.transform(Number));
const tableName = z.string().check(z.minLength(3));

/** The environment of the function `http-api`: what the stack must supply and what the handler gets. */
export const environment = z.object({
  STAGE: z.string().check(z.minLength(1)),
  TENANT_CLAIM: z.string().check(z.minLength(1)),
  SCOPE_PREFIX: z.string(),
  JOBS_TABLE: tableName,
  SUBJECT_KEYS_TABLE: tableName,
  /** The key in KMS that wraps others. */
  CONTENT_KEY: z.string().check(z.startsWith('arn:')),
  TENANT_JOBS_INDEX: z.string().check(z.minLength(3)),
  FLEET_TABLE: tableName,
  TOTALS_TABLE: tableName,
  ALERTS_TABLE: tableName,
  PRIVACY_TABLE: tableName,
  EXPORTS_BUCKET: z.string().check(z.minLength(3)),
  AUDIT_TABLE: tableName,
  CRITICAL_QUEUE_URL: z.url(),
  HIGH_QUEUE_URL: z.url(),
  MEDIUM_QUEUE_URL: z.url(),
  LOW_QUEUE_URL: z.url(),
  CRITICAL_DEAD_LETTERS_URL: z.url(),
  HIGH_DEAD_LETTERS_URL: z.url(),
  MEDIUM_DEAD_LETTERS_URL: z.url(),
  LOW_DEAD_LETTERS_URL: z.url(),
  JOB_RETENTION_SECONDS: wholeNumber,
  LEDGER_RETENTION_SECONDS: wholeNumber,
  PRIVACY_RETENTION_SECONDS: wholeNumber,
  AUDIT_RETENTION_SECONDS: wholeNumber,
  SUBMITS_PER_MINUTE: wholeNumber,
  WAITS_PER_MINUTE: wholeNumber,
  RESULTS_TOPIC: z.string().check(z.startsWith('arn:')),
  /** A JSON object of ms by lane. */
  PATIENCE_MS: z.pipe(jsonText, z.record(z.enum(laneNames), z.number())),
  /** A JSON object: what tenants may spend on models in a day. */
  BUDGETS: z.pipe(jsonText, budgetsSchema),
  /** A JSON object of base URLs by provider. */
  PROVIDER_URLS: z.pipe(jsonText, z.partialRecord(z.enum(providerNames), z.url())),
});
